// A typed array of 2 GiB that is written to.
// outcome: limit or timeout or script_error
// first: dies
new Uint8Array(2 ** 31).fill(1)
