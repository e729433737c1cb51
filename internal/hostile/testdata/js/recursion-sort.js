// A comparator that sorts.
// outcome: limit
// first: dies
const f = () => [2, 1].sort(f)
f()
