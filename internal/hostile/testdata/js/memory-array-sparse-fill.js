// fill of an array of two billion holes.
// outcome: limit or timeout or script_error
// first: dies
const a = []; a.length = 2 ** 31
a.fill(0)
