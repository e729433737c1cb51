// A shift of two billion bits.
// outcome: limit or timeout or script_error or ok or internal
// first: dies
const n = 2147483648n; 1n << n
