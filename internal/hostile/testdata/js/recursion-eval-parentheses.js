// eval of parentheses.
// outcome: script_error
eval('('.repeat(3e6))
