// A list that contains itself.
// outcome: invalid_argument or script_error or limit
const l = new java.util.ArrayList(); l.add(l); String(l); l.hashCode && l.hashCode(); engine.setDataByVarName('x', l)
