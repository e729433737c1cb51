// Backreferences to groups that are empty, repeated.
// outcome: timeout
// first: dies or late
/(?:(a*)(b*)(c*)\1\2\3)*d/.test('abc'.repeat(1e4))
