// Requests without end, and every error is caught.
// outcome: timeout
const server = engine.findDataByVarName('server')
for (;;) try { httpClient.begin().get(server + '/echo') } catch (e) {}
