// doubleValue, longValue and compare of decimals of huge exponents.
// outcome: timeout
const all = ['1e2147483647', '1e-2147483647', '9'.repeat(1e5), '0e2147483647', '1e' + '0'.repeat(1e5) + '1']; for (let i = 0; i < 1000; i++) for (const x of all) for (const m of ['doubleValue', 'floatValue', 'longValue', 'intValue', 'longValueExact', 'toPlainString', 'precision', 'stripTrailingZeros', 'toJSON', 'toString', 'negate']) for (const y of all) try { const d = new java.math.BigDecimal(x); d[m](); d.compareTo(y); d.max(y) } catch (e) { if (e instanceof ReferenceError) throw e }
