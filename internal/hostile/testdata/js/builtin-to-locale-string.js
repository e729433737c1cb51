// toLocaleString of a long array.
// outcome: limit or timeout or script_error or ok
// first: dies or late
new Array(1e6).fill(1.5).toLocaleString()
