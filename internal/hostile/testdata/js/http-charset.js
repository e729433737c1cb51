// A response in a charset that expands, kept.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
const all = []; for (;;) all.push(httpClient.begin().get(server + '/charset').getResponseAsString())
