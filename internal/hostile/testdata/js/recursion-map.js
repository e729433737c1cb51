// map of map of map.
// outcome: limit or timeout
const f = () => [1].map(f)
f()
