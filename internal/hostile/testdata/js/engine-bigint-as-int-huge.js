// asIntN of a negative bigint with 2^53 bits.
// outcome: limit
for (const n of [2 ** 53 - 1, 2 ** 40, 2 ** 32, 2 ** 31]) for (const f of [BigInt.asUintN, BigInt.asIntN]) try { f(n, -1n).toString().length } catch (e) { if (e instanceof ReferenceError) throw e }
