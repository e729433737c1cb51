// The stack of an error of a deep call, again and again.
// outcome: ok or limit or timeout or script_error or invalid_argument
function f(n) { if (n) return f(n - 1); for (;;) new Error("x").stack } f(500)
