// base64 of a text that is none, again and again.
// outcome: timeout
// first: dies or late
for (;;) try { base64.decodeFromString('='.repeat(1e6)) } catch (e) { if (e instanceof ReferenceError) throw e }
