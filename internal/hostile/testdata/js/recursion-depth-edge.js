// Calls as deep as allowed, in a built-in each time.
// outcome: ok or limit or timeout
const f = n => n ? [n].map(() => f(n - 1)) : 0
f(400)
