// Iterators whose return loops.
// outcome: timeout
const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }), return() { for (;;); } }) }; for (const x of it) { try { [...(function* () { yield* it })()] } finally { for (;;); } }
