// flatMap that doubles.
// outcome: limit or timeout or script_error
// first: dies or late
let a = [1]; for (;;) a = a.flatMap(x => [x, x])
