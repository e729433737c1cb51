// A generator that never ends.
// outcome: timeout
function* g() { for (;;) yield 1 }
for (const x of g()) {}
