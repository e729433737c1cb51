// An array of a million elements.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('return [' + '1,'.repeat(1e6) + ']')
