// Twenty thousand arrow functions in each other.
// outcome: script_error
new Function('a=>'.repeat(20000) + '1')
