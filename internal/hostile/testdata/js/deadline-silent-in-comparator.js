// A request to a silent server in a comparator.
// outcome: timeout
const server = engine.findDataByVarName('server');
[3, 2, 1].sort(() => httpClient.begin().get(server + '/silent').getStatusCode())
