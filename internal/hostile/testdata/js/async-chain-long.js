// A chain of a million promises.
// outcome: limit or timeout or script_error or ok
// first: dies or late
let p = Promise.resolve(); for (let i = 0; i < 1e6; i++) p = p.then(x => x)
p
