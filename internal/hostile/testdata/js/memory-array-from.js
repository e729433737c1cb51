// Array.from of a length of a billion.
// outcome: limit or timeout or script_error
// first: dies
Array.from({ length: 1e9 })
