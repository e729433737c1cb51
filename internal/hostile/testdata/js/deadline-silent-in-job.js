// Requests to a silent server in jobs of promises.
// outcome: timeout
const server = engine.findDataByVarName('server');
for (let i = 0; i < 1000; i++) Promise.resolve().then(() => httpClient.begin().get(server + '/silent')).catch(() => { for (;;); })
