// Java dates at their ends.
// outcome: timeout
for (let i = 0; i < 1e5; i++) for (const n of [8.64e15, -8.64e15, 9007199254740991, -9007199254740991, 0]) try { const t = new java.sql.Timestamp(n); t.toString(); t.getYear(); t.setYear(2147483647); t.setMonth(-2147483648); t.setNanos(999999999); t.toLocaleString(); t.addYears && t.addYears(2147483647) } catch (e) { if (e instanceof ReferenceError) throw e }
