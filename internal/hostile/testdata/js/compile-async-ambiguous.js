// Calls of async that may be arrows, nested.
// outcome: ok
for (const n of [20, 25, 30, 100, 500]) try { Function('async', 'return ' + 'async(a,'.repeat(n) + '1' + ')'.repeat(n))(() => 1) } catch (e) { if (!(e instanceof SyntaxError || e instanceof ReferenceError)) throw e }
