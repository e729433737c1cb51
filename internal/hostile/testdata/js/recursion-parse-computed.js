// The same, with a computed name.
// outcome: timeout or script_error
// first: dies or late
globalThis['JS' + 'ON'].parse('['.repeat(3e7))
