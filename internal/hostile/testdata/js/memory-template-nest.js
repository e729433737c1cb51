// Templates in templates that double.
// outcome: limit or timeout or script_error
// first: dies or late
let s = 'x'; const f = () => (s = `${s}${s}`, f())
f()
