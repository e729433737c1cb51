// A text that grows by ever more.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'x'; for (;;) s += s
