// decodeURIComponent of a long text.
// outcome: limit or timeout or script_error
// first: dies or late
const s = '%C3%A9'.repeat(2e6); for (;;) decodeURIComponent(s)
