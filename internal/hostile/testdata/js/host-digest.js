// Digests of a hundred megabytes, for ever.
// outcome: timeout or script_error or invalid_argument
// first: dies or late
const s = 'x'.repeat(1e7); for (;;) digest.sha256(s)
