// A replacement that repeats the text.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'x'; for (;;) s = s.replace(/x/g, '$&$&')
