// Spread in its own iterator.
// outcome: limit or timeout
const o = { *[Symbol.iterator]() { yield [...o] } };
[...o]
