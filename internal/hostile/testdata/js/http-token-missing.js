// A token of a connection that is not granted, for ever.
// outcome: timeout
const server = engine.findDataByVarName('server')
for (;;) try { httpClient.getOAuth2Token('crm') } catch (e) {}
