// A map that grows for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const m = new Map(); for (let i = 0; ; i++) m.set(i, {})
