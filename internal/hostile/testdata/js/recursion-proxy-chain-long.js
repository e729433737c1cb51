// Proxies of proxies until the stack is full.
// outcome: timeout
// first: dies or late
let p = {}; for (;;) { for (let i = 0; i < 3e6; i++) p = new Proxy(p, {}); p.x }
