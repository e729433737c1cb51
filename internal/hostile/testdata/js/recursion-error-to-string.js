// An error whose name and message are itself.
// outcome: ok or limit or timeout or script_error or invalid_argument
const e = new Error(); e.toString = () => { throw e }; Object.defineProperty(e, "message", { get() { return String(e) } }); throw e
