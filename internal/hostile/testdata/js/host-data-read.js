// Reading data for ever.
// outcome: timeout
for (;;) engine.findDataByVarName('server')
