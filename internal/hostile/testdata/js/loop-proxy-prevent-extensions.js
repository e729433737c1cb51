// The trap preventExtensions of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { preventExtensions() { for (;;); } })
Object.preventExtensions(p)
