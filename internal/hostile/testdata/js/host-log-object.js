// Logging an object that is in itself a billion times.
// outcome: ok or limit or timeout or script_error
// first: dies or late
let o = [1]; for (let i = 0; i < 30; i++) o = [o, o]
console.log(o); engine.log(o)
