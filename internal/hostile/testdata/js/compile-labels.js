// Twenty thousand labels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function(Array.from({ length: 20000 }, (x, i) => 'a' + i + ':').join('') + ';')
