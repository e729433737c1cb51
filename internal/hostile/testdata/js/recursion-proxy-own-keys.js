// A trap that lists the keys of its proxy.
// outcome: limit or timeout
const p = new Proxy({}, { ownKeys: () => Object.keys(p) })
Object.keys(p)
