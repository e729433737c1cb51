// Data whose toJSON makes more of itself.
// outcome: ok or limit or timeout or invalid_argument or script_error
const f = () => ({ toJSON: () => f() })
engine.setDataByVarName('x', f())
