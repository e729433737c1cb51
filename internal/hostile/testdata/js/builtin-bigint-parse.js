// BigInt of ten million digits.
// outcome: timeout or ok
// first: dies
BigInt('9'.repeat(1e7))
