// Destructuring nested nine thousand levels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('var ' + '['.repeat(9000) + 'a' + ']'.repeat(9000) + '=b')
