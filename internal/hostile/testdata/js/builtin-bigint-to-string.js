// toString of a number of three million digits.
// outcome: timeout or script_error
// first: dies or late
const n = 2n ** 10000000n; for (;;) n.toString()
