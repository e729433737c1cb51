// The trap getPrototypeOf of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { getPrototypeOf() { for (;;); } })
Object.getPrototypeOf(p)
