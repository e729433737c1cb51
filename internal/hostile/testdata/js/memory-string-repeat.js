// repeat of two billion.
// outcome: limit or timeout or script_error or ok
// first: dies
'x'.repeat(2 ** 31).length
