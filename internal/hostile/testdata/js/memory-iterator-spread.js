// Spreading an iterator that never ends.
// outcome: limit or timeout or script_error
// first: dies or late
const o = { *[Symbol.iterator]() { for (;;) yield 1 } };
[...o]
