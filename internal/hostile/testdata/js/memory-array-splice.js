// splice with ever more arguments.
// outcome: limit or timeout or script_error
// first: dies or late
let a = [1]; for (;;) a.splice(0, 0, ...a.slice(0, 1e5), ...a.slice(0, 1e5))
