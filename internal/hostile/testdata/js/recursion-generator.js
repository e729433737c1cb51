// A generator that begins itself.
// outcome: limit
// first: dies
function* g() { yield* g() }
for (const x of g()) {}
