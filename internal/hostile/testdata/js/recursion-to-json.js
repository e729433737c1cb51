// toJSON that calls stringify.
// outcome: limit or timeout
const o = { toJSON() { return JSON.stringify(this) } }
JSON.stringify(o)
