// The length of an array-like, of a proxy, grows while it is read.
// outcome: ok or limit or timeout or script_error or invalid_argument
let n = 1; const p = new Proxy([], { get: (t, k) => k === "length" ? ++n : 0, has: () => true }); Array.prototype.forEach.call(p, () => {}); for (;;) Array.prototype.indexOf.call(p, 1)
