// An async function that awaits itself.
// outcome: limit or timeout
async function f() { await f() }
f()
