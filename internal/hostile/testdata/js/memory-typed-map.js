// A typed array that its own species makes larger.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
class T extends Uint8Array { static get [Symbol.species]() { return function (n) { return new Uint8Array(2 ** 31) } } } new T(10).map(x => x)
