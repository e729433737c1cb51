// A ternary of nine thousand levels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('a?b:'.repeat(9000) + 'c')
