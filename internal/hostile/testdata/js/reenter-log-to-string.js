// toString of a logged object that logs.
// outcome: limit or timeout
const o = { toString() { engine.log(o); return 'x' } }; engine.log(o)
