// The constructor of a constructor.
// outcome: ok or script_error
const f = ({}).constructor.constructor('return this')()
if (f !== globalThis && f !== undefined) throw new Error('another world')
if (typeof f?.process !== 'undefined') throw new Error('found process')
