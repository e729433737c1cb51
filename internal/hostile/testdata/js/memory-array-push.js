// An array that grows for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const a = []; for (;;) a.push(a.length)
