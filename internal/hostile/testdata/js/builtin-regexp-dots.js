// A pattern that backtracks for ever: dots.
// outcome: timeout or ok
// first: dies
/^(.*)*(.*)*(?!x)$/.test('a'.repeat(200) + '\n')
