// A set that grows for ever.
// outcome: limit or timeout or script_error
// first: dies or late
const s = new Set(); for (let i = 0; ; i++) s.add('k' + i)
