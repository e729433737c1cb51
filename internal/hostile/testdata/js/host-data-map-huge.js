// A Map of a million entries as data.
// outcome: ok or limit or timeout or script_error or invalid_argument
engine.setDataByVarName("x", new Map(Array.from({ length: 1e6 }, (_, i) => [i, { i }])))
