// then that makes another then, for ever.
// outcome: timeout
// first: dies or late
const f = () => Promise.resolve().then(f)
f()
