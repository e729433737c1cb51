// Closures, each with an array.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) { const x = new Array(1000).fill(1); all.push(() => x) }
