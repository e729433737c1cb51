// A pattern that backtracks for ever: lookahead.
// outcome: timeout or ok
// first: dies or late
/^(?=(a+)+$)b/.test('a'.repeat(40) + '!')
