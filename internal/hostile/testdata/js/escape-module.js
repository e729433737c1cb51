// import as a statement.
// outcome: script_error
import fs from 'fs'
