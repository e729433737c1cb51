// The trap getOwnPropertyDescriptor of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { getOwnPropertyDescriptor() { for (;;); } })
Object.getOwnPropertyDescriptor(p, 'x')
