// A generator that survives every error that is thrown into it.
// outcome: ok or limit or timeout or script_error or invalid_argument
function* g() { for (;;) try { yield } catch {} } const i = g(); i.next(); for (;;) i.throw(new Error("x"))
