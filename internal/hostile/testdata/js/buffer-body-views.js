// A body that is a view of a part of a buffer, of odd offsets.
// outcome: ok
const server = engine.findDataByVarName('server');
const b = new ArrayBuffer(1000); for (const [o, n] of [[0, 0], [1000, 0], [999, 1], [0, 1000], [1, 998]]) if (httpClient.begin().body(new Uint8Array(b, o, n), 'text/plain').post(server + '/echo').getResponse().getLength() !== n) throw new Error('length')
