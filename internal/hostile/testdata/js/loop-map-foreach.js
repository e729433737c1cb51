// forEach of a map that grows as it is read and shrinks.
// outcome: timeout
const m = new Map([[0, 0]]); m.forEach((v, k) => { m.delete(k); m.set(k + 1, 0) })
