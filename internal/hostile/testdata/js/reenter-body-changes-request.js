// toString of a body that changes the request on the way.
// outcome: timeout
const server = engine.findDataByVarName('server');
const r = httpClient.begin(); for (let i = 0; i < 1e5; i++) try { r.body({ toString() { r.formParam('a', 'b'); r.multipart('c', 'd'); return 'x'.repeat(1000) } }, 'text/plain') } catch (e) { if (e instanceof ReferenceError) throw e }
