// The same, with in.
// outcome: limit
// first: dies
const p = new Proxy({}, {}); p.__proto__ = Object.create(p)
'x' in p
