// Division of numbers of a million digits.
// outcome: timeout or script_error
// first: dies or late
const n = 3n ** 3000000n, m = 7n ** 1000000n; for (;;) n / m
