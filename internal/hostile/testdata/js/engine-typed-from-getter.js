// A typed array from an array whose getters shorten it.
// outcome: timeout
for (;;) { const s = Array(1000).fill(1); Object.defineProperty(s, 5, { get() { s.length = 6; return 1 } }); new Float32Array(s); Float32Array.from(s, x => (s.push(1), x)).length; s.length > 1e6 && s.splice(0) }
