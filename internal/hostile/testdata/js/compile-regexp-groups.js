// A pattern of a hundred thousand groups.
// outcome: ok or timeout or script_error
// first: late
eval('/' + '(a)'.repeat(1e5) + '/')
