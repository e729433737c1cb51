// A typed array at an offset just below four billion.
// outcome: ok
const b = new ArrayBuffer(16); for (const T of [Uint8Array, Uint16Array, Float64Array, BigUint64Array]) for (const o of [4294967288, 4294967295, 2147483648, 9007199254740984]) for (const n of [1, 2, 536870912, 4294967295]) try { const x = new T(b, o, n); x[0] = 1; throw new ReferenceError('made') } catch (e) { if (e instanceof ReferenceError) throw e }
