// join of an object that says it has 2^53 elements.
// outcome: limit or timeout or script_error
// first: dies
Array.prototype.join.call({ length: 2 ** 53 - 1 })
