// The same, when a property is set.
// outcome: limit
// first: dies
const p = new Proxy({}, {}); p.__proto__ = Object.create(p)
p.x = 1
