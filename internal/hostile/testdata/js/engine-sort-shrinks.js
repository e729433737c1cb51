// A comparator that shortens what it sorts.
// outcome: script_error
for (;;) { const x = Array.from({ length: 1e4 }, (_, i) => -i); x.sort((p, q) => { x.length = 10; x.push(...Array(100).fill(p)); return p - q }) }
