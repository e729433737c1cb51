// A chain of prototypes that is deeper than the stack.
// outcome: timeout
// first: dies or late
let o = {}; for (;;) { for (let i = 0; i < 3e6; i++) o = Object.create(o); o.x }
