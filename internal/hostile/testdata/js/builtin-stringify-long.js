// JSON of a long text with escapes.
// outcome: limit or timeout or script_error
// first: dies or late
const s = '\u0001'.repeat(5e6); for (;;) JSON.stringify(s)
