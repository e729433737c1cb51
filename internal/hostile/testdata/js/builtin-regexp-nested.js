// A pattern that backtracks for ever: nested.
// outcome: timeout or ok
// first: dies or late
/^(a+)+$/.test('a'.repeat(40) + '!')
