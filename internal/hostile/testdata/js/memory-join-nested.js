// An array that contains an array ten times, and so on.
// outcome: limit or timeout or script_error
// first: dies
let a = 'xxxxxxxxxx'; for (let i = 0; i < 12; i++) a = new Array(10).fill(a)
'' + a
