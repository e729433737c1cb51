// Dates at their ends, in every method.
// outcome: timeout
const d = new Date(0); for (;;) for (const n of [8.64e15, -8.64e15, NaN, 1e308, -1, 253402300800000, -62135596800001]) for (const m of Object.getOwnPropertyNames(Date.prototype)) if (m !== 'constructor') try { const x = new Date(n); x[m](n, n, n, n); x.toISOString() } catch (e) { if (e instanceof ReferenceError) throw e }
