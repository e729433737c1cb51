// A chain of a hundred thousand operators.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('a+'.repeat(1e5) + 'a')
