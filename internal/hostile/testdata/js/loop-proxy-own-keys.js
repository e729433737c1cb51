// The trap ownKeys of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { ownKeys() { for (;;); } })
Object.keys(p)
