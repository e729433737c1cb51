// Code of Function that is nested deep.
// outcome: script_error or timeout
new Function('['.repeat(3e6))
