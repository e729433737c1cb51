// A list with a capacity of two billion.
// outcome: ok
for (const n of [2147483647, -1, 1e9, NaN]) try { new java.util.ArrayList(n).add(1) } catch (e) { if (e instanceof ReferenceError) throw e }
