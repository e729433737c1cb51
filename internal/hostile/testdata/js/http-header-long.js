// A header of a hundred megabytes.
// outcome: limit or timeout or invalid_argument or network or script_error
// first: dies or late
const server = engine.findDataByVarName('server')
httpClient.begin().header('X', 'x'.repeat(1e8)).get(server + '/echo')
