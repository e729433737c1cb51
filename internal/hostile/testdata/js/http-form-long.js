// A parameter of fifty megabytes that is escaped.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
httpClient.begin().formParam('k', 'é'.repeat(5e7)).post(server + '/echo')
