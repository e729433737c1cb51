// A dense array of four billion.
// outcome: limit or timeout or script_error
// first: dies
new Array(4294967295).fill(0)
