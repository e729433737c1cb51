// A long chain of prototypes, searched again and again.
// outcome: timeout
let o = {}; for (let i = 0; i < 20000; i++) o = Object.create(o)
for (;;) o.missing
