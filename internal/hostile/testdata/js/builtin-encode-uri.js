// encodeURIComponent of a long text.
// outcome: limit or timeout or script_error
// first: dies or late
const s = 'é'.repeat(3e6); for (;;) encodeURIComponent(s)
