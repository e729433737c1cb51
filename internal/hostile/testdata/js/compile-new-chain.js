// new in new in new.
// outcome: ok
for (const n of [100, 1000, 4000]) try { Function('new '.repeat(n) + 'Object')() } catch (e) { if (!(e instanceof SyntaxError || e instanceof TypeError)) throw e }
