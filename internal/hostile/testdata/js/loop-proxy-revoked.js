// Proxies that are made and revoked.
// outcome: ok or limit or timeout or script_error or invalid_argument
for (;;) { const r = Proxy.revocable({}, {}); r.revoke() }
