// Java classes beyond those there are.
// outcome: ok or script_error or invalid_argument
for (const n of ['java.lang.System', 'java.lang.Runtime', 'java.io.File', 'java.net.URL', 'java.lang.Class']) { let v; try { v = n.split('.').reduce((o, k) => o[k], globalThis) } catch (x) { continue }
 if (typeof v === 'function') throw new Error('found ' + n) }
