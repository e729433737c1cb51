// return of a generator that does not let go.
// outcome: timeout
function* g() { for (;;) try { yield 1 } finally { for (;;); } }
for (const x of g()) break
