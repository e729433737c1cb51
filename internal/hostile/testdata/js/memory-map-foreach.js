// A map that grows while forEach reads it.
// outcome: limit or timeout or script_error
// first: dies or late
const m = new Map([[0, 0]]); m.forEach((v, k) => { m.set(k + 1, {}) })
