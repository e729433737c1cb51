// A multipart body of many parts.
// outcome: limit or timeout or script_error or invalid_argument
// first: dies or late
const server = engine.findDataByVarName('server')
const r = httpClient.begin(); for (let i = 0; i < 2e5; i++) r.multipart('k' + i, 'v'.repeat(50))
r.post(server + '/echo')
