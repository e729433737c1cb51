// flat of an array that contains itself many times.
// outcome: limit or timeout or script_error
// first: dies
let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]
a.flat(Infinity)
