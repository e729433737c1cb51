// Texts added from the right.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('return ' + '("abcdefgh"+'.repeat(5000) + '"a"' + ')'.repeat(5000))
