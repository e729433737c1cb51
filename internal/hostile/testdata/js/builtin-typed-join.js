// join of a typed array.
// outcome: limit or timeout or script_error or ok
// first: dies
new Uint8Array(3e7).join()
