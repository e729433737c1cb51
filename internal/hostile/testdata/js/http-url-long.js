// A URL of fifty megabytes.
// outcome: limit or timeout or invalid_argument or network or denied or script_error or ok
// first: dies or late
const server = engine.findDataByVarName('server')
httpClient.begin().get(server + '/' + 'x'.repeat(5e7))
