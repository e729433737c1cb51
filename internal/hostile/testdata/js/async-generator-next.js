// next of a generator that runs.
// outcome: script_error
const g = (function* () { g.next() })()
g.next()
