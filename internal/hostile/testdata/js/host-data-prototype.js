// Data with a member named __proto__.
// outcome: ok or invalid_argument
engine.setDataByVarName('x', JSON.parse('{"__proto__": {"polluted": 1}}'))
if (({}).polluted || engine.findDataByVarName('x').polluted !== undefined && Object.prototype.polluted) throw new Error('polluted')
