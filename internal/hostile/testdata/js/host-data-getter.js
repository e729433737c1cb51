// Data whose getter never returns.
// outcome: timeout
engine.setDataByVarName('x', { get y() { for (;;); } })
