// Lookbehind in lookahead in lookbehind, with backreferences.
// outcome: timeout
// first: dies or late
/(?<=(?=(a+)+\1)(?<!(b*)*\2c))a(?=(a*)*b)\3/.test('a'.repeat(1e5) + 'c')
