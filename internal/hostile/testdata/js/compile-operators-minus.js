// A chain of ninety thousand differences.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('a-'.repeat(9e4) + 'a')
