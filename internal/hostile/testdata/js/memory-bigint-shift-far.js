// A shift by more than there can be.
// outcome: limit or timeout or script_error or internal or ok
// first: dies or late
const n = 2n ** 70n; 1n << n
