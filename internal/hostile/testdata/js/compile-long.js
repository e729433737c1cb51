// A source of ten megabytes.
// outcome: script_error or timeout
new Function('x=1;'.repeat(3e6))
