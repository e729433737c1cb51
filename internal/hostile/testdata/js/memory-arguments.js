// A call with a hundred million arguments.
// outcome: limit or timeout or script_error
// first: dies
Math.max.apply(null, new Array(1e8).fill(0))
