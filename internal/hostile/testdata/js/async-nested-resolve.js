// A promise that is resolved with a promise, and so on.
// outcome: limit or timeout or script_error or ok
// first: dies or late
let p = Promise.resolve(1); for (let i = 0; i < 1e6; i++) { const q = p; p = new Promise(r => r(q)) }
p.then(x => x)
