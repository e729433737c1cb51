// Mapped arguments that are deleted and defined again.
// outcome: timeout
function f(a, b, c) { for (;;) { delete arguments[0]; Object.defineProperty(arguments, '0', { get() { return c++ }, configurable: true }); Object.defineProperty(arguments, '1', { value: b, writable: false, configurable: true }); a = arguments[0]; arguments.length = 1e9 } } f(1, 2, 3)
