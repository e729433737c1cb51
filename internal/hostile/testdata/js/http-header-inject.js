// A header that ends in another.
// outcome: ok
const server = engine.findDataByVarName('server')
for (const v of ['a\r\nX: y', 'a\nX: y', 'a\0b', 'é\r\n']) { let refused = false; try { httpClient.begin().header('X', v).get(server + '/echo') } catch (e) { refused = true }
 if (!refused) throw new Error('sent ' + JSON.stringify(v)) }
