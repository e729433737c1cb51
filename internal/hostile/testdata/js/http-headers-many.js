// A million headers.
// outcome: limit or timeout or invalid_argument or network or script_error
// first: dies or late
const server = engine.findDataByVarName('server')
const r = httpClient.begin(); for (let i = 0; i < 1e6; i++) r.header('X-' + i, 'v')
r.get(server + '/echo')
