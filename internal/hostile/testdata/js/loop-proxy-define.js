// The trap defineProperty of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { defineProperty() { for (;;); } })
Object.defineProperty(p, 'x', {})
