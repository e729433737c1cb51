// A pattern that backtracks for ever: backreference.
// outcome: timeout or ok
// first: dies
/^(a*)*\1$/.test('a'.repeat(40) + 'b')
