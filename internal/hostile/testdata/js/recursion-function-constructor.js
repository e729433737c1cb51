// Function in the function it makes.
// outcome: limit
globalThis.f = () => new Function('f()')()
f()
