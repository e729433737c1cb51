// A tag that uses itself.
// outcome: limit
const f = () => f`x`
f`x`
