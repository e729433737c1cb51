// Data of a proxy with ever more keys.
// outcome: limit or timeout or invalid_argument or script_error
let n = 0; const p = new Proxy({}, { ownKeys: () => Array.from({ length: 1e5 }, () => 'k' + n++), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }), get: () => p })
engine.setDataByVarName('x', p)
