// A typed array of an array-like with a length of two billion.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
Float64Array.from({ length: 2 ** 31 - 1 }, () => 1)
