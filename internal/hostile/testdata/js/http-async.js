// Requests in many promises.
// outcome: limit or timeout or script_error
const server = engine.findDataByVarName('server')
Promise.all(Array.from({ length: 1000 }, () => Promise.resolve().then(() => httpClient.begin().get(server + '/echo'))))
