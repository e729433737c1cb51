// The trap deleteProperty of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { deleteProperty() { for (;;); } })
delete p.x
