// Numbers of a megabyte with separators.
// outcome: ok or timeout
for (const t of ['1_'.repeat(5e5) + '1', '0x' + 'f_'.repeat(5e5) + 'f', '0b' + '1_'.repeat(5e5) + '1n', '1e' + '9'.repeat(1e6), '.' + '0_'.repeat(5e5) + '1', '0.' + '9'.repeat(1e6) + 'e-' + '1'.repeat(100)]) try { Function('return ' + t)() } catch (e) { if (!(e instanceof SyntaxError)) throw e }
