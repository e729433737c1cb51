// A function kept for after the run.
// outcome: ok
globalThis.keep = engine.log; Promise.resolve().then(() => keep('later')).then(() => engine.log('later still'))
