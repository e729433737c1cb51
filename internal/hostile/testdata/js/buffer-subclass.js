// A subclass of a buffer as content.
// outcome: script_error
class B extends Uint8Array { get length() { return 1e9 } get byteLength() { return 1e9 } static get [Symbol.species]() { return Array } } for (let i = 0; i < 1000; i++) hex.encodeToString(new B(10).subarray(1))
