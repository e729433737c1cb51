// call of call.
// outcome: limit or timeout
function f() { f.call() }
f()
