// replace with a pattern in a replacement.
// outcome: limit or timeout
const f = () => 'a'.replace(/a/g, f)
f()
