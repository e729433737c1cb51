// padEnd to the largest integer.
// outcome: limit or timeout or script_error
// first: dies or late
'x'.padEnd(Number.MAX_SAFE_INTEGER)
