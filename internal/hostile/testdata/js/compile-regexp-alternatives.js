// A pattern of a million alternatives.
// outcome: ok or timeout or script_error
// first: late
eval('/' + 'a|'.repeat(1e6) + 'b/')
