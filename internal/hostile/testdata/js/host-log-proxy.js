// Logging a proxy whose keys never end.
// outcome: timeout or ok
console.log(new Proxy({}, { ownKeys() { for (;;); } }))
