// Symbols with long names that are registered.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
for (let i = 0; ; i++) Symbol.for(i + "x".repeat(1e5))
