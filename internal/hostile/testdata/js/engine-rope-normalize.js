// NFKD of a ligature that expands eighteen times.
// outcome: timeout or limit
// first: dies or late
let s = '\ufdfa'.repeat(1e6); for (;;) s = s.normalize('NFKD') + '\ufdfa'.repeat(1e6)
