// padStart to two billion.
// outcome: limit or timeout or script_error or ok
// first: dies
'x'.padStart(2 ** 31).length
