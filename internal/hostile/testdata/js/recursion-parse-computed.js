// The same, with a computed name.
// outcome: timeout
globalThis['JS' + 'ON'].parse('['.repeat(3e7))
