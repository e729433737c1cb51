// Getters and methods of host objects, with other receivers.
// outcome: ok or timeout
const all = [engine, configs, httpClient, fileRepository, itemDao, quserDao, qgroupDao, processInstance, dateFormatter, emailService, feedService, base64, hex, digest, hmac, rsa, jwt, markdown, console, java.math.BigDecimal, java.util.ArrayList]; for (const o of all) for (const k of Reflect.ownKeys(o)) for (const r of all) for (const x of [[], [r], ['x', r], [0, null, r]]) if (typeof o[k] === 'function') try { o[k].apply(r, x) } catch (e) { if (e instanceof ReferenceError) throw e }
