// An array spread into itself.
// outcome: limit or timeout or script_error
// first: dies or late
let a = [1]; for (;;) a = [...a, ...a]
