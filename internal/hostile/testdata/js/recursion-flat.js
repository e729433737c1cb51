// flat of an array that contains itself.
// outcome: limit
// first: dies
const a = []; a[0] = a
a.flat(Infinity)
