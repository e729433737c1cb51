// A request to a silent server in a getter of data.
// outcome: timeout
const server = engine.findDataByVarName('server');
engine.setDataByVarName('x', { get y() { return httpClient.begin().get(server + '/silent') } })
