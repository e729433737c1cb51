// indexOf in a typed array of a billion.
// outcome: limit or timeout or script_error or ok
// first: dies
new Uint8Array(1e9).indexOf(1)
