// Data nested a million levels.
// outcome: invalid_argument or timeout
let a = []; for (let i = 0; i < 1e6; i++) a = [a]
engine.setDataByVarName('x', a)
