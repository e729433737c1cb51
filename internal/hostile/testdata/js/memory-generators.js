// Generators that are suspended, for ever.
// outcome: limit or timeout or script_error
// first: dies or late
function* g() { const a = new Array(100).fill(1); yield a }
const all = []; for (;;) { const x = g(); x.next(); all.push(x) }
