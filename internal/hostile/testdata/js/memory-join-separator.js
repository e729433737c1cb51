// join with a long separator.
// outcome: limit or timeout or script_error or ok
// first: dies
new Array(1e5).join('x'.repeat(1e5)).length
