// Parsing objects nested many million levels, with a computed name.
// outcome: limit or timeout
// first: dies
globalThis['JS' + 'ON'].parse('{"a":'.repeat(1e7))
