// JSON with keys __proto__ and constructor, set as data.
// outcome: ok
for (const t of ['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}', '{"toString":1,"valueOf":1,"toJSON":1,"then":1,"length":-1}']) { engine.setDataByVarName('x', JSON.parse(t)); engine.findDataByVarName('x') } if (({}).a) throw new Error('polluted')
