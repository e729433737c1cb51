// JSON of a long text.
// outcome: limit or timeout or script_error
// first: dies or late
const s = JSON.stringify('é'.repeat(5e6)); for (;;) JSON.parse(s)
