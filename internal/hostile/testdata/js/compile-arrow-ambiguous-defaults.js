// Parameters with defaults that are arrows, nested, by eval.
// outcome: ok
for (const n of [10, 20, 30, 50]) try { eval('(a = '.repeat(n) + '1' + ') => a'.repeat(n)) } catch (e) { if (!(e instanceof SyntaxError)) throw e }
