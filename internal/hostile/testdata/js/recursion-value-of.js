// valueOf that adds itself.
// outcome: limit or timeout
const o = { valueOf() { return 1 + this } }
1 + o
