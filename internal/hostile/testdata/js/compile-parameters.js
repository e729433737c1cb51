// Fifty thousand parameters.
// outcome: script_error or timeout or ok or limit
// first: late
new Function(...Array.from({ length: 5e4 }, (x, i) => 'a' + i), '')
