// A pattern with nested quantifiers.
// outcome: script_error or timeout
// first: dies or late
new RegExp('(?:'.repeat(1e5) + 'a' + ')*'.repeat(1e5))
