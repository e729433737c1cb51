// Calls of many built-ins at each level.
// outcome: limit or timeout
const f = n => n ? [1].map(() => [1].filter(() => 'a'.replace('a', () => f(n - 1)))) : 0
f(600)
