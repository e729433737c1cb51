// A buffer that changes while it is the body of a request.
// outcome: timeout
const server = engine.findDataByVarName('server');
const b = new Uint8Array(1e6); const r = httpClient.begin().body(b, 'text/plain').header('A', { toString() { b.fill(1); return 'x' } }); for (;;) { b.fill(2); r.post(server + '/echo') }
