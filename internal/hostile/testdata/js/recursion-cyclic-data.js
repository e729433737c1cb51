// Data that contains itself.
// outcome: invalid_argument
const a = []; a[0] = a
engine.setDataByVarName('x', a)
