// A comment of thirty megabytes.
// outcome: script_error or timeout or limit
new Function('/*' + 'x'.repeat(3e7) + '*/')
