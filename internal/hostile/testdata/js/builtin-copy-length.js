// copyWithin of an object that says it has 2^53 elements.
// outcome: timeout
// first: dies
Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)
