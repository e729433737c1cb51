// A function that calls itself.
// outcome: limit
function f() { f() }
f()
