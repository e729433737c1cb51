// Reflect.apply in itself.
// outcome: limit or timeout
function f() { Reflect.apply(f, null, []) }
f()
