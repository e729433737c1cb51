// The host objects are replaced.
// outcome: ok
globalThis.engine = { setDataByVarName() {}, log() {} }; globalThis.httpClient = null; engine.mine = 1
