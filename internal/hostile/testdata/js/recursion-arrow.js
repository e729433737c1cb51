// An arrow function that calls itself.
// outcome: limit
const f = () => f()
f()
