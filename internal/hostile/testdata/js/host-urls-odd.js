// URLs of every odd kind.
// outcome: ok
const server = engine.findDataByVarName('server');
for (const u of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'http://[::1]/', 'http://0/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://127.0.0.1:0/', 'http://127.0.0.1:99999/', 'http://a@b@c/', 'http:///x', '//x', 'unix:///proc/self/environ', 'http://localhost%00/', 'http://\u0000/', 'http://' + 'a.'.repeat(1e5), 'http://169.254.169.254/', server + '/\r\nX: y', server.replace('http', 'https') + '/', 'data:text/plain,x', server + '/echo#' + 'x'.repeat(1e6)]) try { const r = httpClient.begin().get(u); if (!u.includes('#')) throw new ReferenceError('reached ' + u + r.getStatusCode()) } catch (e) { if (e instanceof ReferenceError) throw e }
