// flat of arrays nested until the stack is full.
// outcome: timeout
// first: dies or late
let a = []; for (;;) { for (let i = 0; i < 3e6; i++) a = [a]; a.flat(Infinity) }
