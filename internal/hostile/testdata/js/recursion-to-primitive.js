// Symbol.toPrimitive that needs itself.
// outcome: limit or script_error
const o = { [Symbol.toPrimitive]() { return `${this}` } };
`${o}`
