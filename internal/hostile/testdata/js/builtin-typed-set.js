// set of a typed array from another kind.
// outcome: limit or timeout or script_error
// first: dies or late
const a = new Float64Array(2e7), b = new Uint8Array(2e7); for (;;) b.set(a)
