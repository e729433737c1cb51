// Temporary data of a megabyte without end.
// outcome: timeout or limit
for (let i = 0; ; i++) try { engine.saveTemporaryData(i + 'x'.repeat(1e6)); engine.restoreTemporaryData() } catch (e) { if (e instanceof ReferenceError) throw e }
