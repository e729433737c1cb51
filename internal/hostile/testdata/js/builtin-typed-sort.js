// sort of a large typed array.
// outcome: timeout
// first: dies or late
const a = new Float64Array(1e7); for (let i = 0; i < 1e7; i++) a[i] = i * 7919 % 1e7
a.sort()
