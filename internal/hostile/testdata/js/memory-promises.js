// Promises that never settle, for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) all.push(new Promise(() => {}))
