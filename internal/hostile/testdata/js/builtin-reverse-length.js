// reverse of an object that says it has 2^53 elements.
// outcome: timeout
// first: dies
Array.prototype.reverse.call({ length: 2 ** 53 - 1 })
