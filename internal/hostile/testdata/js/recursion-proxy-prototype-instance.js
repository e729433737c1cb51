// The same, with instanceof.
// outcome: limit or timeout
// first: dies
const p = new Proxy({}, {}); p.__proto__ = Object.create(p)
p instanceof Date
