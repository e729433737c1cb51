// eval sees nothing of the host's code.
// outcome: ok
for (const n of ['\\u00ffcode', 'm', 'vm', 'host', 'machine', 'appender', 'lent']) { let v; try { v = eval('typeof ' + n) } catch (x) { continue }
 if (v !== 'undefined') throw new Error('found ' + n) }
