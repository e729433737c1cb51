// Data that contain an array two to the thirtieth times.
// outcome: limit or timeout or script_error
let o = 1; for (let i = 0; i < 30; i++) o = [o, o]
engine.setDataByVarName('x', o)
