// Recursion in finally.
// outcome: timeout or limit
function f() { try { f() } finally { f() } }
f()
