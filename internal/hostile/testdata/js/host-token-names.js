// Tokens of connections of every odd name.
// outcome: ok
for (const n of ['', 'x'.repeat(1e6), '__proto__', '../x', '\u0000', 'a\nb', {}, [], null, undefined, 1, Symbol.iterator, { toString() { return 'crm' } }, new Proxy({}, { get() { throw 1 } })]) for (const m of ['getOAuth2Token', 'getOAuth2TokenInfo']) try { httpClient[m](n); throw new ReferenceError('a token') } catch (e) { if (e instanceof ReferenceError) throw e }
