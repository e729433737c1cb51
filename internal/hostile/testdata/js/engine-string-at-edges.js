// String methods at the edges of numbers.
// outcome: limit
const s = 'é'.repeat(1e5); for (const n of [Infinity, -Infinity, NaN, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -0, 1e308]) for (const m of ['at', 'charAt', 'charCodeAt', 'codePointAt', 'slice', 'substring', 'substr', 'padEnd', 'padStart', 'repeat', 'indexOf', 'lastIndexOf', 'startsWith', 'endsWith', 'split']) try { s[m](n); s[m]('é', n); s[m](n, n) } catch (e) { if (e instanceof ReferenceError) throw e }
