// A text that doubles.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'x'; for (;;) s = s + s
