// A body of a hundred megabytes.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
httpClient.begin().body('x'.repeat(1e8), 'text/plain').post(server + '/echo')
