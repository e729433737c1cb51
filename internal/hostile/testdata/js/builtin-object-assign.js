// Object.assign, spread and entries of a large object.
// outcome: limit or timeout or script_error
// first: dies or late
const o = {}; for (let i = 0; i < 2e5; i++) o['k' + i] = 1
for (;;) Object.fromEntries(Object.entries({ ...Object.assign({}, o) }))
