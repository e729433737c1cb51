// A number that is squared for ever.
// outcome: limit or timeout or script_error
// first: dies or late
let n = 3n; for (;;) n = n * n
