// A response that never ends.
// outcome: timeout
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/drip').getResponseAsString()
