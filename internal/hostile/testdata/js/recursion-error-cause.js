// An error whose message needs itself, uncaught.
// outcome: limit or timeout
const e = new Error(); Object.defineProperty(e, 'message', { get() { return '' + e } }); throw e
