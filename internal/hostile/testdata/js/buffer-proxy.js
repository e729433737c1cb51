// A proxy of a buffer as content.
// outcome: ok
for (const t of [new Uint8Array(4), new ArrayBuffer(4)]) for (const f of [x => hex.encodeToString(x), x => digest.md5(x), x => base64.encodeToString(x), x => new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'b/c', x)]) try { f(new Proxy(t, { get() { throw 1 } })) } catch (e) { if (e instanceof ReferenceError) throw e }
