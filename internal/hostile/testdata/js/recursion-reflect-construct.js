// Reflect.construct in itself.
// outcome: limit or timeout
function F() { Reflect.construct(F, []) }
new F()
