// toString of an array that joins an object that joins the array.
// outcome: limit or timeout
const o = { toString() { return [o].join() } }
'' + o
