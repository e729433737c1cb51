// Error.prepareStackTrace, for the next run.
// outcome: ok
Error.prepareStackTrace = () => { throw new Error('mine') }
Error.stackTraceLimit = 1e9
const f = n => n ? f(n - 1) : new Error('x').stack
f(500)
