// await in await in await.
// outcome: ok
for (const n of [100, 1000, 4000]) try { Function('return async () => ' + 'await '.repeat(n) + '1')()() } catch (e) { if (!(e instanceof SyntaxError)) throw e }
