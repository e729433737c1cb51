// A request that is to be repeated a billion times.
// outcome: timeout
const server = engine.findDataByVarName('server');
for (;;) try { httpClient.begin().retry(1e9).get(server + '/broken') } catch (e) { if (e instanceof ReferenceError) throw e }
