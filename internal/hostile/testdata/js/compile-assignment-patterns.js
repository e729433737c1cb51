// Assignments that may be patterns, nested.
// outcome: ok
for (const n of [20, 100, 1000]) try { Function('x', 'x = ' + '[x = '.repeat(n) + 'x' + '] = x'.repeat(n))([]) } catch (e) { if (!(e instanceof SyntaxError || e instanceof TypeError)) throw e }
