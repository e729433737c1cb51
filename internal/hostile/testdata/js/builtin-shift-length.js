// shift of an object that says it has 2^53 elements.
// outcome: timeout
// first: dies
Array.prototype.shift.call({ length: 2 ** 53 - 1 })
