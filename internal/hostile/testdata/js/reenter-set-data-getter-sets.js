// A getter in data that sets the same item.
// outcome: limit or timeout
const o = { get a() { engine.setDataByVarName('x', o); return 1 } }; engine.setDataByVarName('x', o)
