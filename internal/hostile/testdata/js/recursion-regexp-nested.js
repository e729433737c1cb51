// A pattern made of a million groups.
// outcome: script_error
new RegExp('('.repeat(1e6) + ')'.repeat(1e6))
