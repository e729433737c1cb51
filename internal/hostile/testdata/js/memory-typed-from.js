// Uint8Array.from of a length alone.
// outcome: limit or timeout or script_error
// first: dies
Uint8Array.from({ length: 2 ** 33 })
