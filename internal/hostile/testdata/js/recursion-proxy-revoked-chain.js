// A chain of a hundred thousand proxies, the last revoked.
// outcome: ok or limit or timeout or script_error or invalid_argument
let r = Proxy.revocable({}, {}), p = r.proxy; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); r.revoke(); p.x
