// A handler that inherits from its proxy.
// outcome: limit or timeout
// first: dies
const h = {}; const p = new Proxy(h, h); Object.setPrototypeOf(h, p)
p.a
