// import of a module.
// outcome: ok or script_error
import('fs').then(m => { throw new Error('imported') }, () => {})
