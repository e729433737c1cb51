// Enumerating a proxy that has ever more keys.
// outcome: timeout
let n = 0
const p = new Proxy({}, { ownKeys: () => ['a' + n++], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })
for (;;) for (const k in p) n++
