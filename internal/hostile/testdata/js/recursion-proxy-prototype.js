// A proxy whose prototype inherits from it.
// outcome: limit
// first: dies
const p = new Proxy({}, {}); p.__proto__ = Object.create(p)
p.x
