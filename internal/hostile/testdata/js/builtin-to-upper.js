// toUpperCase of a letter that becomes three.
// outcome: limit or timeout or script_error
// first: dies or late
const s = '\u0390'.repeat(5e6); for (;;) s.toUpperCase()
