// A value that doubles thirty levels.
// outcome: timeout
let v = [1]; for (let i = 0; i < 60; i++) v = [v, v]; engine.setDataByVarName('x', v)
