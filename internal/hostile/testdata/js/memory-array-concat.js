// concat of an array with itself.
// outcome: limit or timeout or script_error
// first: dies or late
let a = [1]; for (;;) a = a.concat(a)
