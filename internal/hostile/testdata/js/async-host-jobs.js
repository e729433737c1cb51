// Jobs that each set data and log, doubled.
// outcome: timeout or limit
const f = i => { engine.setDataByVarName('x' + i % 10, i); Promise.resolve(i + 1).then(f); Promise.resolve(i + 2).then(f) }; f(0)
