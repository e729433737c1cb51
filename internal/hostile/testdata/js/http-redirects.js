// Redirects without end.
// outcome: limit or network or denied or timeout or script_error
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/redirect/1')
