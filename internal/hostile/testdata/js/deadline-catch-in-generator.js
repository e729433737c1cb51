// A generator whose return loops when the deadline ends it.
// outcome: timeout
function* g() { try { for (;;) yield 1 } finally { for (;;) yield 2 } } for (const x of g()) { for (const y of g()) for (;;); }
