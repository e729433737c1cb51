// Settings of connections that a script makes itself.
// outcome: ok
const server = engine.findDataByVarName('server');
for (const x of [{ getName: () => 'crm' }, { name: 'crm' }, 'crm', new Proxy({}, { get: () => () => 'crm' }), Object.create(httpClient)]) try { httpClient.begin().authSetting(x).get(server + '/echo'); throw new ReferenceError('sent') } catch (e) { if (e instanceof ReferenceError) throw e }
