// Subarrays whose species makes larger arrays.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
class T extends Float64Array { static get [Symbol.species]() { return function () { return new Float64Array(2 ** 28) } } } const all = []; for (;;) all.push(new T(10).subarray(0))
