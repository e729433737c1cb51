// An array method on a proxy that says it has a billion elements.
// outcome: limit or timeout or script_error
// first: dies or late
Array.prototype.map.call(new Proxy([], { get: (t, k) => k === 'length' ? 1e9 : t[k], has: () => true }), x => x)
