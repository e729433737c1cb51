// Responses that are all kept.
// outcome: ok or limit or timeout or script_error or invalid_argument or network or denied
const server = engine.findDataByVarName('server')
const all = []; for (;;) all.push(httpClient.begin().get(server + "/echo"))
