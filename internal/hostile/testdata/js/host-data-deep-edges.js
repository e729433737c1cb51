// Values that are nested 99, 100, 101 and a million levels.
// outcome: ok or timeout
for (const n of [98, 99, 100, 101, 102, 1e3, 1e5]) { let v = 1; for (let i = 0; i < n; i++) v = i % 2 ? [v] : { v }; try { engine.setDataByVarName('x', v); engine.findDataByVarName('x') } catch (e) { if (e instanceof ReferenceError) throw e } }
