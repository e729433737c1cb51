// Promises of functions that wait for each other.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const all = []; async function f(p) { await p; return new Array(1e4).fill(1) } let p = Promise.resolve(); for (;;) all.push(p = f(p))
