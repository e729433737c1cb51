// Parameters of a path that grow.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const server = engine.findDataByVarName('server')
let s = "a"; const r = httpClient.begin(); for (;;) { r.queryParam(s, s); s += s }
