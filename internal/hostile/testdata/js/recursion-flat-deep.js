// flat of an array that is nested a million levels.
// outcome: timeout
// first: dies or late
let a = []; for (let i = 0; i < 1e6; i++) a = [a]
a.flat(Infinity)
