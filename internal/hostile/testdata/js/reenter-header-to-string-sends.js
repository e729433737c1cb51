// toString of a header that sends the same request.
// outcome: ok
const server = engine.findDataByVarName('server');
const r = httpClient.begin(); r.header('A', { toString() { r.get(server + '/echo'); return 'x' } }); r.get(server + '/echo')
