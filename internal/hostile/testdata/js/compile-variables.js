// Fifty thousand variables.
// outcome: script_error or timeout or ok or limit
// first: late
new Function(Array.from({ length: 5e4 }, (x, i) => 'let a' + i + '=1;').join(''))
