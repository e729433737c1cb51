// The trap apply of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { apply() { for (;;); } })
p()
