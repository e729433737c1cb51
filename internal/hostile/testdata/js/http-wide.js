// JSON of a million objects in a response, again and again.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
const all = []; for (;;) all.push(JSON.parse(httpClient.begin().get(server + '/wide').getResponseAsString()))
