// exec that is replaced, in replace, split and matchAll.
// outcome: timeout or limit
const r = /a(?=b)/g; r.exec = function () { return { index: 2 ** 53, 0: 'x', length: 2 ** 32, groups: new Proxy({}, { get: () => 'y'.repeat(1e6) }) } }; let n = 0; const s = 'ab'.repeat(1e5); for (;;) try { s.replace(r, '$<a>$1$2$&$`') ; s.split(r); [...s.matchAll(r)] } catch (e) { if (e instanceof ReferenceError) throw e }
