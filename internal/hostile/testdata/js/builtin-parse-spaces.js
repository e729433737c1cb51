// JSON of spaces.
// outcome: limit or timeout or script_error
// first: dies or late
const s = ' '.repeat(2e7) + '1'; for (;;) JSON.parse(s)
