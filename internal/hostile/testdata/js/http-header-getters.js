// A header whose value changes with every look.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const server = engine.findDataByVarName('server')
let n = 0; const o = { toString: () => "v".repeat(n += 1e6) }; const r = httpClient.begin(); for (;;) r.header("X-A", o)
