// Copies of a typed array.
// outcome: limit or timeout or script_error
// first: dies or late
const a = new Uint8Array(1e8); const all = []; for (;;) all.push(a.slice())
