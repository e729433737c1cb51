// A typed array of thirty million numbers as data.
// outcome: ok or limit or timeout or script_error or invalid_argument or limit
engine.setDataByVarName("x", new Float64Array(3e7))
