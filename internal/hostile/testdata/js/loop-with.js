// with in a loop.
// outcome: timeout
const o = { x: 0 }; with (o) for (;;) x++
