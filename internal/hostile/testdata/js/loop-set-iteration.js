// A set whose elements are added again while it is read.
// outcome: timeout
const s = new Set([1]); for (const x of s) { s.delete(x); s.add(x) }
