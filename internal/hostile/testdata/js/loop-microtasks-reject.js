// Rejections that are handled by a rejection.
// outcome: ok or limit or timeout or script_error or invalid_argument
function f() { return Promise.reject(new Error("x")).catch(f) } f()
