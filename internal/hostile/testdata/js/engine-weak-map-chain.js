// A WeakMap whose values hold its keys.
// outcome: timeout or limit
const w = new WeakMap(); let k = {}; for (;;) { const n = { k }; w.set(k, n); w.set(n, k); k = n }
