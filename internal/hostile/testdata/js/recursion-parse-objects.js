// Parsing objects nested many million levels, with a computed name.
// outcome: limit or timeout or script_error
// first: dies
globalThis['JS' + 'ON'].parse('{"a":'.repeat(1e7))
