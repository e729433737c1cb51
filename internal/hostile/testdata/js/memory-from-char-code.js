// fromCharCode of ever more arguments.
// outcome: limit or timeout or script_error
// first: dies or late
let a = [65]; for (;;) { a = a.concat(a); String.fromCharCode(...a) }
