// A comparator that changes the typed array that it sorts.
// outcome: timeout
for (;;) { const x = new Float64Array(1e4); x.sort((p, q) => { x.fill(NaN); x.set([1, 2]); x.subarray(1).sort(); return NaN }) }
