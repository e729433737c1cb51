// normalize of letters that become eighteen.
// outcome: limit or timeout or script_error or ok
// first: dies
'\ufdfa'.repeat(1e6).normalize('NFKD')
