// freeze and isFrozen of a long array.
// outcome: limit or timeout or script_error
// first: dies
const a = new Array(3e6).fill(0); for (;;) { Object.isFrozen(a); Object.getOwnPropertyDescriptors(a) }
