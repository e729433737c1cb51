// Shifts and powers of constants that could be folded.
// outcome: ok
for (const t of ['1n << 9999999999n', '9n ** 9n ** 9n ** 9n', '-(2n ** 1000000n)', '"a".repeat(1e9)', '1 << 1e9', '[].length = -1', '0n / 0n']) try { Function('if (0) return ' + t + '; return 1')() } catch (e) { if (!(e instanceof SyntaxError)) throw e }
