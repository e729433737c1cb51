// defineProperties of a million accessors.
// outcome: timeout or limit
for (;;) Object.defineProperties({}, Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['p' + i, { get() { return i }, configurable: true }])))
