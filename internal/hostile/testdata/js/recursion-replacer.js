// A replacer that calls stringify.
// outcome: limit
// first: late
const f = () => JSON.stringify([1], f)
f()
