// A proxy that is its own handler.
// outcome: limit or timeout
// first: dies
const h = {}; const p = new Proxy({}, h); h.__proto__ = p
p.x
