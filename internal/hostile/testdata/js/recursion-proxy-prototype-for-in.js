// The same, enumerated.
// outcome: limit or timeout
// first: dies
const p = new Proxy({}, {}); p.__proto__ = Object.create(p)
for (const k in p);
