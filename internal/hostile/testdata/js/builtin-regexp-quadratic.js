// A pattern that is quadratic in a text of a million letters.
// outcome: timeout or ok
// first: dies or late
/(?=a*b)x/.test('a'.repeat(1e6))
