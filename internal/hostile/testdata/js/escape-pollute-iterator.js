// The iterator of arrays is replaced.
// outcome: ok
Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1 }; String.prototype[Symbol.iterator] = null
