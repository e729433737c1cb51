// A Float64Array of two billion numbers.
// outcome: limit or timeout or script_error
// first: dies
new Float64Array(2 ** 31).fill(1)
