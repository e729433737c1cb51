// Requests that are slow, one after the other, all errors caught.
// outcome: timeout
const server = engine.findDataByVarName('server');
for (;;) try { httpClient.begin().get(server + '/drip') } catch (e) { }
