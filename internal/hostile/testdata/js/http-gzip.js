// A body of four gigabytes that is compressed.
// outcome: limit or timeout
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/gzip').getResponseAsString()
