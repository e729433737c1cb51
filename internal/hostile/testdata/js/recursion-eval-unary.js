// eval of operators without end.
// outcome: script_error
eval('!'.repeat(3e6) + '1')
