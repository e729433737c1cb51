// A typed array of 8 GiB.
// outcome: limit or timeout or script_error or ok
// first: dies
const a = new Uint8Array(2 ** 33)
a[0] = 1
