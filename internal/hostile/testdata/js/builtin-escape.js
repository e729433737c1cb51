// escape and unescape of a long text.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'é'.repeat(1e6); for (;;) s = escape(s).slice(0, 1e7)
