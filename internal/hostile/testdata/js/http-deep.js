// JSON of a million levels in a response.
// outcome: script_error or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
JSON.parse(httpClient.begin().get(server + '/deep').getResponseAsString())
