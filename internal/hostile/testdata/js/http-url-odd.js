// URLs that are read in more than one way.
// outcome: ok
const server = engine.findDataByVarName('server')
for (const u of ['http:\\\\127.0.0.1', '//127.0.0.1', 'http://127.0.0.1:80:81', 'http://[::1', 'http://127.1', 'http://0x7f000001', 'http://2130706433', 'file:///etc/passwd', 'gopher://x', 'http://169.254.169.254/', 'http://localhost:1@127.0.0.1', 'http://127.0.0.1#@x', 'http://\u2460', 'jar:http://x!/', 'data:,x', server + '@169.254.169.254/']) { let refused = false; try { httpClient.begin().get(u) } catch (e) { refused = true }
 if (!refused) throw new Error('reached ' + u) }
