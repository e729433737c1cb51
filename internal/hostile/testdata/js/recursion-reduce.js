// reduce in reduce.
// outcome: limit or timeout
const f = () => [1, 2].reduce(f)
f()
