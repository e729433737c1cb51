// A million parameters of a form.
// outcome: limit or timeout
// first: dies or late
const server = engine.findDataByVarName('server')
const r = httpClient.begin(); for (let i = 0; i < 1e6; i++) r.formParam('k' + i, 'v'.repeat(100))
r.post(server + '/echo')
