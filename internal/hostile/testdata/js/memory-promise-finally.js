// A chain of a promise that grows for ever.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
let p = Promise.resolve(); for (;;) p = p.finally(() => {}).then(() => p)
