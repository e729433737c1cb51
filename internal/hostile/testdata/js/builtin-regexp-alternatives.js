// A pattern that backtracks for ever: alternatives.
// outcome: timeout or ok
// first: dies or late
/^(a|a)*$/.test('a'.repeat(40) + '!')
