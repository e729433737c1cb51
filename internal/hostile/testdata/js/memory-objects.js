// Objects, each of which holds the one before.
// outcome: limit or timeout or script_error
// first: dies or late
let o = null; for (;;) o = { o, a: 1, b: 2, c: 3 }
