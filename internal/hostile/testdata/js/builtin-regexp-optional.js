// A pattern that backtracks for ever: optional.
// outcome: timeout or ok
// first: dies
/^(a?){30}a{30}\1$/.test('a'.repeat(30))
