// The environment and the arguments of the process.
// outcome: ok
for (const n of ['env', 'argv', 'cwd', 'pid', 'platform', 'version']) { let v; try { v = globalThis[n] } catch (x) { continue }
 if (v !== undefined) throw new Error('found ' + n) }
