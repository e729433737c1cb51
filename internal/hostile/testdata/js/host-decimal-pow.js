// Decimals to high powers, with long fractions.
// outcome: ok
for (const [b, n] of [['1.0000001', 999999999], ['9.9', 999999999], ['1e1000000', 1000], ['1e-2147483647', 2], ['0', 999999999], ['-1', 2147483647], ['1.1', 100000]]) try { String(new java.math.BigDecimal(b).pow(n)).length } catch (e) { if (e instanceof ReferenceError) throw e }
