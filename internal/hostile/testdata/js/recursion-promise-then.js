// then that is asked for then.
// outcome: limit or timeout
const o = { get then() { return o.then } }
Promise.resolve(o)
