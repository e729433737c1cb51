// Data of an array of four billion holes.
// outcome: limit or timeout or script_error
const a = []; a.length = 4294967295
engine.setDataByVarName('x', a)
