// A response of nine megabytes, kept a hundred times.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
const all = []; for (;;) all.push(httpClient.begin().get(server + '/letters').getResponseAsString() + 'x')
