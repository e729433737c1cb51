// unshift for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const a = []; for (;;) a.unshift(1)
