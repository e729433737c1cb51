// Functions of the host with another this.
// outcome: ok
for (const f of [engine.log, engine.setDataByVarName, httpClient.begin, httpClient.begin().get, new java.math.BigDecimal('1').add, new java.util.ArrayList().add, base64.encodeToString, Object.getOwnPropertyDescriptor]) for (const t of [null, undefined, 1, 's', {}, new Proxy({}, {}), Symbol(), globalThis, new java.math.BigDecimal('2'), httpClient.begin(), []]) for (const x of [[], [null], [t, t, t], Array(1000).fill(t)]) try { f.apply(t, x); Reflect.construct(f, x) } catch (e) { if (e instanceof ReferenceError) throw e }
