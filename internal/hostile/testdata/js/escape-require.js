// require of a module.
// outcome: script_error
require('fs')
