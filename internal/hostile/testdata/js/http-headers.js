// A response with a megabyte of headers.
// outcome: ok or limit or timeout or network
const server = engine.findDataByVarName('server')
for (let i = 0; i < 20; i++) httpClient.begin().get(server + '/headers')
