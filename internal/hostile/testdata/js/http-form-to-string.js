// A form whose values are proxies.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const server = engine.findDataByVarName('server')
const p = new Proxy({}, { get: (t, k) => k === Symbol.toPrimitive ? () => "v".repeat(1e6) : p }); const r = httpClient.begin(); for (;;) r.formParam("a", p)
