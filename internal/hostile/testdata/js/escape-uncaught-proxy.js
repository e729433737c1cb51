// A proxy as an exception, all of whose traps throw.
// outcome: script_error
throw new Proxy(function () {}, new Proxy({}, { get: () => () => { throw new Proxy({}, {}) } }))
