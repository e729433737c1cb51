// Host calls in a finally, after the deadline.
// outcome: timeout
const server = engine.findDataByVarName('server');
const f = () => { try { for (;;); } finally { engine.setDataByVarName('late', 1); engine.log('late'); httpClient.begin().get(server + '/echo'); f() } }; f()
