// The trap setPrototypeOf of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { setPrototypeOf() { for (;;); } })
Object.setPrototypeOf(p, null)
