// Identifiers with escapes that are none.
// outcome: ok
for (const t of ['\\u{110000}', '\\u{' + 'f'.repeat(1e6) + '}', '\\u00', '\\ud800', 'a\\u{', '\\u{}', '\\u0030']) try { Function('var ' + t)() } catch (e) { if (!(e instanceof SyntaxError)) throw e }
