// A response whose prototype is changed in the middle.
// outcome: ok or limit or timeout or script_error or invalid_argument or network
const server = engine.findDataByVarName('server')
const r = httpClient.begin().get(server + "/echo"); Object.setPrototypeOf(r, new Proxy({}, { get: (t, k, me) => me[k + "x"] })); r.foo
