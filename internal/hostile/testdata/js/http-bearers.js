// Ten thousand different credentials.
// outcome: ok or limit or timeout
const server = engine.findDataByVarName('server')
for (let i = 0; i < 90; i++) { const r = httpClient.begin(); for (let k = 0; k < 1000; k++) r.bearer('token-' + i + '-' + k); r.get(server + '/echo') }
