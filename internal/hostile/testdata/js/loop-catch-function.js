// A function that catches everything and calls itself.
// outcome: timeout
function f() { try { for (;;); } finally { f() } }
f()
