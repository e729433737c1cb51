// Two hundred thousand labels.
// outcome: script_error or timeout
new Function('a:'.repeat(2e5) + ';')
