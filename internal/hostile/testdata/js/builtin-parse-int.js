// parseInt of a number of ten million digits.
// outcome: timeout or ok
// first: dies or late
parseInt('9'.repeat(1e7)); parseInt('f'.repeat(1e7), 16)
