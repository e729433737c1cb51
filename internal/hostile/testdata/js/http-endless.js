// A body without end.
// outcome: limit or timeout
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/endless').getResponseAsString()
