// stringify of an object nested a million levels.
// outcome: timeout
// first: dies or late
let o = {}; for (let i = 0; i < 1e6; i++) o = { o }
JSON.stringify(o)
