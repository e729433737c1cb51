// replace in a replacement.
// outcome: limit or timeout
const f = () => 'a'.replace('a', f)
f()
