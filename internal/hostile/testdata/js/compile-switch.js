// A switch of fifty thousand cases.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('switch(1){' + Array.from({ length: 5e4 }, (x, i) => 'case ' + i + ':break;').join('') + '}')
