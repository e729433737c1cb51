// JSON with a list of a million names.
// outcome: ok or limit or timeout or script_error or invalid_argument
JSON.stringify(Array(1e4).fill({ a: 1 }), Array.from({ length: 1e6 }, (_, i) => "k" + i))
