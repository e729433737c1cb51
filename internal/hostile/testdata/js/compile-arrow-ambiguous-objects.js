// Braces that may be patterns, nested.
// outcome: ok
for (const n of [20, 25, 30, 100, 500]) try { Function('x', 'return ' + '({a:'.repeat(n) + 'x' + '})'.repeat(n))() } catch (e) { if (!(e instanceof SyntaxError)) throw e }
