// finally blocks in finally blocks.
// outcome: ok
const n = 800; Function('try {} finally {'.repeat(n) + '}'.repeat(n))()
