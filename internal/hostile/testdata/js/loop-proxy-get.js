// The trap get of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { get() { for (;;); } })
p.x
