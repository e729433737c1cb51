// A cycle of prototypes through a proxy.
// outcome: timeout
const o = {}, p = new Proxy({}, { getPrototypeOf: () => o }); Object.setPrototypeOf(o, new Proxy(p, {})); for (;;) try { o.x; 'x' in o; o instanceof Object; for (const k in o); } catch (e) { if (e instanceof ReferenceError) throw e }
