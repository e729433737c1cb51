// Thousands of requests.
// outcome: limit or timeout
const server = engine.findDataByVarName('server')
for (let i = 0; i < 1e5; i++) httpClient.begin().get(server + '/echo')
