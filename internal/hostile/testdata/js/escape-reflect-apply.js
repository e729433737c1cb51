// Host functions on other objects.
// outcome: ok or denied
for (const f of [engine.log, httpClient.begin, httpClient.begin().get, engine.findDataByVarName]) for (const o of [null, undefined, 1, {}, [], Object.prototype, globalThis, httpClient.begin()]) try { Reflect.apply(f, o, []) } catch (x) { if (/goja|runtime error|nil pointer|reflect/.test(x.message)) throw x }
