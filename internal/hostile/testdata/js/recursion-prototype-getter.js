// A getter at the end of a long chain.
// outcome: limit
// first: dies
let o = { get x() { return Object.create(this).x } }
o.x
