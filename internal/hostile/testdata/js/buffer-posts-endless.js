// Posts without end, every error caught.
// outcome: limit or timeout
for (;;) try { feedService.begin().setChannel('c').setMessage('m'.repeat(1e5)).post() } catch (e) { if (e instanceof ReferenceError) throw e }
