// concat of what spreads itself.
// outcome: limit or script_error
const a = [1]; Object.defineProperty(a, 0, { get: () => [].concat(a) });
[].concat(a)
