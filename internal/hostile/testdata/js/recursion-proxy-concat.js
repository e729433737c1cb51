// Concatenation of a proxy whose parts are itself.
// outcome: ok or limit or timeout or script_error or invalid_argument
const p = new Proxy([], { get: (t, k) => k === Symbol.isConcatSpreadable ? true : k === "length" ? 2 ** 53 - 1 : p, has: () => true }); [].concat(p)
