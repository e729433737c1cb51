// An error with a name of ten megabytes, thrown.
// outcome: script_error
const e = new Error('x'); e.name = 'n'.repeat(1e7); throw e
