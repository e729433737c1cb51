// Recursion that begins again when it is stopped.
// outcome: timeout or limit
function f() { try { f() } catch (e) { f() } }
f()
