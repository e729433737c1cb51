// Typed arrays without end, all kept.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1))
