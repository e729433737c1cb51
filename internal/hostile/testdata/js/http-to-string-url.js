// A URL whose toString never returns.
// outcome: timeout or invalid_argument or script_error
const server = engine.findDataByVarName('server')
httpClient.begin().get({ toString() { for (;;); } })
