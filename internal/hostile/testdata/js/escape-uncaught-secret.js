// An exception with a getter that changes what is reported.
// outcome: script_error
const x = new Error('a'); Object.defineProperty(x, 'message', { get() { x.message2 = (x.message2 || 0) + 1; return 'm' + x.message2 } }); Object.defineProperty(x, 'stack', { get() { throw x } }); throw x
