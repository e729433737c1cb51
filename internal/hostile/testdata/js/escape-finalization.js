// FinalizationRegistry and WeakRef, if they exist.
// outcome: ok
if (typeof FinalizationRegistry !== 'undefined') { const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1000; i++) r.register({}, i) }
