// Promise.race of many, again and again.
// outcome: limit or timeout or script_error
// first: dies
const f = () => Promise.race(new Array(1e5).fill(Promise.resolve())).then(f)
f()
