// copyWithin of four billion.
// outcome: limit or timeout or script_error
// first: dies
const a = []; a.length = 2 ** 32 - 1
a.copyWithin(0, 1)
