// Requests without end, and every error is caught.
// outcome: timeout or limit
const server = engine.findDataByVarName('server')
for (;;) try { httpClient.begin().get(server + '/echo') } catch (e) {}
