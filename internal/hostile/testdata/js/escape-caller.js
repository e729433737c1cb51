// callee, caller and arguments of functions of the host.
// outcome: ok
function f() { return [f.caller, f.arguments, arguments.callee] } for (const g of [engine.log, httpClient.begin, Array.prototype.map, f]) for (const k of ['caller', 'arguments', 'callee', '__proto__', 'prototype', 'constructor', 'name', 'length']) try { g[k] = { x: 1 }; String(g[k]) } catch (e) { if (!(e instanceof TypeError)) throw e } [1].map(f)
