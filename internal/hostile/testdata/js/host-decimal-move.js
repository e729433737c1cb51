// movePointRight and scaleByPowerOfTen at their ends.
// outcome: ok
for (const n of [2147483647, -2147483648, 1e9, -1e9, 1e6]) for (const m of ['movePointLeft', 'movePointRight', 'scaleByPowerOfTen', 'setScale']) for (const x of ['1', '0', '1e2147483647', '-1e-2147483647']) try { String(new java.math.BigDecimal(x)[m](n)[m](n)).length } catch (e) { if (e instanceof ReferenceError) throw e }
