// A response that is shorter than it says.
// outcome: network or script_error
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/broken').getResponseAsString()
