// A hundred thousand arrow functions in a row.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('a=>1;'.repeat(1e5))
