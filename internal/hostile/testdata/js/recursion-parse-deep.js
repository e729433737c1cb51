// Parsing text that is nested three million levels.
// outcome: script_error
JSON.parse('['.repeat(3e6))
