// A million parameters of a query.
// outcome: ok or limit or timeout or invalid_argument or network or script_error
// first: dies or late
const server = engine.findDataByVarName('server')
const r = httpClient.begin(); for (let i = 0; i < 1e6; i++) r.queryParam('k', 'v')
r.get(server + '/echo')
