// A thrown object whose toString throws one like it.
// outcome: script_error
const f = () => { throw { toString: f } }
f()
