// Promises resolved by each other, a million at a time.
// outcome: limit or timeout or script_error
// first: dies or late
const f = () => { for (let i = 0; i < 1e6; i++) Promise.resolve().then(() => 1); return Promise.resolve().then(f) }
f()
