// Defaults in defaults of arrow functions.
// outcome: script_error
new Function('(a='.repeat(40) + '1' + ')=>1'.repeat(40))
