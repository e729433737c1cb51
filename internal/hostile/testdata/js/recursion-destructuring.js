// Destructuring in its own getter.
// outcome: limit or timeout
const o = { get x() { const { x } = o; return x } }
const { x } = o
