// The constructor of a host function.
// outcome: ok or script_error
const F = engine.log.constructor
const g = F('return typeof process + typeof require')()
if (g !== 'undefinedundefined') throw new Error(g)
