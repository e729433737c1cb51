// A BigInt in JSON.
// outcome: script_error
JSON.stringify({ a: 1n })
