// A chain that is followed for ever.
// outcome: timeout
const o = {}; o.o = o; let p = o; for (;;) p = p?.o?.o?.o
