// Host functions with arguments of every kind.
// outcome: ok or timeout or limit
const odd = [null, undefined, NaN, -1, 2 ** 53, 1n, '', '\ud800', Symbol(), {}, [], () => {}, new Proxy({}, {}), new Date(NaN), /x/, Object.create(null), new Uint8Array(8), new Map()]
for (const f of ['log', 'setDataByVarName', 'findDataByVarName', 'findData', 'setData', 'findDataDefinitionByVarName']) for (const x of odd) for (const y of odd) try { engine[f]?.(x, y) } catch (z) { if (/runtime error|nil pointer|reflect:/.test(String(z?.message))) throw z }
