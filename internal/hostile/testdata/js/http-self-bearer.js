// A token of fifty megabytes.
// outcome: limit or timeout or invalid_argument or network or script_error
// first: dies or late
const server = engine.findDataByVarName('server')
httpClient.begin().bearer('x'.repeat(5e7)).get(server + '/echo')
