// The trap set of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { set() { for (;;); } })
p.x = 1
