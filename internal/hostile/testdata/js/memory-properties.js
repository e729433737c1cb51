// An object with ever more properties.
// outcome: limit or timeout or script_error
// first: dies or late
const o = {}; for (let i = 0; ; i++) o['k' + i] = i
