// A chain of nine thousand members.
// outcome: script_error or ok or timeout
// first: late
new Function('return a' + '.b'.repeat(9000))
