// A thousand cookies, again and again.
// outcome: ok or limit or timeout or network
const server = engine.findDataByVarName('server')
for (let i = 0; i < 90; i++) httpClient.begin().get(server + '/cookies')
