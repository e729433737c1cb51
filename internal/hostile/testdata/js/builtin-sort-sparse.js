// sort of a sparse array of four billion.
// outcome: limit or timeout or script_error or ok
// first: dies
const a = []; a[4e9] = 1
a.sort()
