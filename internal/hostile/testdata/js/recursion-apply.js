// apply of apply.
// outcome: limit or timeout
function f() { f.apply(this, arguments) }
f()
