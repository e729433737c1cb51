// The same, again and again.
// outcome: timeout
const server = engine.findDataByVarName('server')
for (;;) try { httpClient.begin().get(server + '/gzip').getResponseAsString() } catch (e) {}
