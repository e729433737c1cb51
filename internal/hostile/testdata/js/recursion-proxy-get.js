// A trap that reads its proxy.
// outcome: limit or timeout
const p = new Proxy({}, { get: () => p.x })
p.x
