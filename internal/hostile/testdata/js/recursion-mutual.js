// Two functions that call each other.
// outcome: limit
const f = () => g(), g = () => f()
f()
