// The trap isExtensible of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { isExtensible() { for (;;); } })
Object.isExtensible(p)
