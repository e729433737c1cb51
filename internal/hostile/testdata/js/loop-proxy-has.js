// The trap has of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { has() { for (;;); } })
'x' in p
