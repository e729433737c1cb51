// Getters on Object.prototype with the names that host calls read.
// outcome: limit or ok
for (const n of ['name', 'message', 'code', 'hint', 'stack', 'cause', 'id', 'alg', 'typ', 'access_token', 'body', 'length', 'done', 'then', 'toJSON', 'raw', 'index', 'groups']) Object.defineProperty(Object.prototype, n, { configurable: true, get() { for (let i = 0; i < 10; i++) engine.log(n); return undefined }, set(v) {} }); try { engine.setDataByVarName('x', { a: 1 }); httpClient.begin().get('x'); new Error('y').message; JSON.stringify({ a: [1] }); throw {} } catch (e) { }
