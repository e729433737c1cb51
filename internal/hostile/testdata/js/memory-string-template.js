// A template of a text with itself.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'x'; for (;;) s = `${s}${s}`
