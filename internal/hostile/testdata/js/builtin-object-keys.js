// Object.keys of a million keys, again and again.
// outcome: limit or timeout or script_error
// first: dies or late
const o = {}; for (let i = 0; i < 1e6; i++) o['k' + i] = 1
for (;;) Object.keys(o)
