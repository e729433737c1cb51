// Java reflection on the classes there are.
// outcome: ok or script_error
for (const n of ['getClass', 'class', 'forName', 'getClassLoader', 'newInstance', 'wait', 'notify']) { let v; try { v = new java.util.ArrayList()[n] } catch (x) { continue }
 if (typeof v === 'function') throw new Error('found ' + n) }
