// A proxy of a proxy, a million times.
// outcome: timeout
// first: dies or late
let p = {}; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {})
p.x
