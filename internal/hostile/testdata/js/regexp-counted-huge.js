// Counted repetitions of a billion.
// outcome: ok
for (const p of ['a{1000000000}', '(a{1000}){1000}', '((a{100}){100}){100}', 'a{0,4294967296}', '(?:a{99999}){99999}', '(?=a{1000}){1000}', '[^]{65536}{2}']) try { new RegExp(p).test('a'.repeat(1e5)) } catch (e) { if (!(e instanceof SyntaxError)) throw e }
