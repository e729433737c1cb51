// Data that change while they are read.
// outcome: ok or limit or timeout or invalid_argument
const a = [1]; a[0] = { get x() { a.push(a[0]); return 1 } }; engine.setDataByVarName('x', a)
