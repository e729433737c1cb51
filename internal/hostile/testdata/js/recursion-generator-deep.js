// Generators that delegate a hundred thousand levels.
// outcome: limit or timeout
// first: dies
function* g(n) { if (n) yield* g(n - 1); else for (;;) yield 1 }
for (const x of g(1e5)) {}
