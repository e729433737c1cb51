// Symbols as keys, for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const o = {}; for (;;) o[Symbol()] = 1
