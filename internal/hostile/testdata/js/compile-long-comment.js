// A comment of thirty megabytes.
// outcome: script_error or timeout
new Function('/*' + 'x'.repeat(3e7) + '*/')
