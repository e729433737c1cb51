// forEach in forEach.
// outcome: limit or timeout
const f = () => [1].forEach(f)
f()
