// Destructuring from an iterator whose step never ends.
// outcome: timeout
const [x] = { [Symbol.iterator]: () => ({ next() { for (;;); } }) }
