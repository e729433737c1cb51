// A reviver that parses.
// outcome: limit or timeout
const f = () => JSON.parse('[1]', f)
f()
