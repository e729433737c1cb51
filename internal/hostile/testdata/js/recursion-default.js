// A default that calls its function.
// outcome: limit
function f(a = f()) {}
f()
