// One request object that is sent for ever.
// outcome: limit or timeout or ok
const server = engine.findDataByVarName('server')
const r = httpClient.begin(); for (let i = 0; i < 1000; i++) try { r.get(server + '/echo') } catch (e) { if (e.code === 'limit') throw e }
