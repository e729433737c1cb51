// A reviver on text that is nested as deep as it may be.
// outcome: ok or script_error
JSON.parse('['.repeat(9999) + ']'.repeat(9999), (k, v) => v)
