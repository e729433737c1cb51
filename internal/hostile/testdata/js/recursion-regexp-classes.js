// A pattern with nested quantifiers.
// outcome: script_error or timeout
new RegExp('(?:'.repeat(1e5) + 'a' + ')*'.repeat(1e5))
