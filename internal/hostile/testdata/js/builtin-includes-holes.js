// includes in four billion holes.
// outcome: limit or timeout or script_error or ok
// first: dies
const a = []; a.length = 4294967295
a.includes(1)
