// Global variables and functions, for the next run.
// outcome: ok or script_error
var done = 'mine', data = 1, retVal = 2; function engineLog() {}; globalThis.mine = 1; Object.freeze(globalThis)
