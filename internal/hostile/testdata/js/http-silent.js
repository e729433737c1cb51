// A server that says nothing.
// outcome: timeout
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/silent')
