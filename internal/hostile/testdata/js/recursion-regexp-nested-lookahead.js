// The same, with lookahead.
// outcome: script_error
// first: dies or late
new RegExp('(?=' .repeat(1e6) + ')'.repeat(1e6))
