// Host functions as constructors of other classes.
// outcome: ok
for (const f of [engine.log, httpClient.begin, engine.setDataByVarName]) try { const o = Reflect.construct(f, ['x', 1], Array); if (o && o.constructor && /go/i.test(o.constructor.name)) throw new Error('made ' + o.constructor.name) } catch (x) { if (/^made/.test(x.message)) throw x }
