// A request with a file of a megabyte a thousand times.
// outcome: limit
const server = engine.findDataByVarName('server');
const f = new com.questetra.bpms.core.event.scripttask.NewQfile('a', 'text/plain', 'UTF-8', 'x'.repeat(1e6)); const r = httpClient.begin(); for (let i = 0; i < 1000; i++) r.multipart('f' + i, f); r.post(server + '/echo')
