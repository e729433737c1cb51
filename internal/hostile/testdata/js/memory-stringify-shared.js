// JSON of an object that is in it two to the thirtieth times.
// outcome: limit or timeout or script_error
// first: dies
let o = 1; for (let i = 0; i < 30; i++) o = [o, o]
JSON.stringify(o)
