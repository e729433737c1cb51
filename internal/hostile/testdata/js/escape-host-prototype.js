// The prototypes of host objects lead nowhere.
// outcome: ok
for (const o of [engine, httpClient, engine.log, httpClient.begin()]) for (let p = o; p; p = Object.getPrototypeOf(p)) for (const k of Reflect.ownKeys(p)) { let v; try { v = p[k] } catch (x) { continue }
 if (typeof v === 'function' && /go(?!ogle)|runtime|reflect|unsafe/i.test(v.name)) throw new Error('found ' + String(k) + ' ' + v.name) }
