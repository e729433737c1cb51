// Templates in templates by Function.
// outcome: ok
const n = 3000; Function('`${'.repeat(n) + '1' + '}`'.repeat(n))()
