// A WeakMap whose keys are kept.
// outcome: limit or timeout or script_error
// first: dies or late
const m = new WeakMap(), all = []; for (;;) { const k = {}; all.push(k); m.set(k, new Array(100).fill(0)) }
