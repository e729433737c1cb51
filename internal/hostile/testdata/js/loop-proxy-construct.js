// The trap construct of a proxy never returns.
// outcome: timeout
const p = new Proxy(function () {}, { construct() { for (;;); } })
new p()
