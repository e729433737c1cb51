// Parentheses that may be parameters, nested.
// outcome: ok
for (const n of [20, 25, 30, 100, 500]) try { Function('return ' + '(a,'.repeat(n) + 'b' + ')'.repeat(n))() } catch (e) { if (!(e instanceof SyntaxError || e instanceof ReferenceError)) throw e }
