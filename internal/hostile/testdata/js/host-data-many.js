// Data items under ever new names.
// outcome: limit or timeout
for (let i = 0; ; i++) engine.setDataByVarName('x' + i, 'y'.repeat(1e4))
