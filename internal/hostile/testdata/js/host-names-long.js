// Names of data items that become longer.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
let s = "x"; for (;;) { engine.setDataByVarName(s, 1); s += s }
