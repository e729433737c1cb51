// An object of a hundred thousand members.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('return {' + Array.from({ length: 1e5 }, (x, i) => 'a' + i + ':1,').join('') + '}')
