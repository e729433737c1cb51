// Nine thousand operators before a value.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('!'.repeat(9000) + 'a')
