// The keys of a proxy of a proxy, and so on.
// outcome: timeout
// first: dies or late
let p = {}; for (;;) { for (let i = 0; i < 3e6; i++) p = new Proxy(p, {}); Object.keys(p) }
