// A list that adds a proxy of an array that is endless.
// outcome: invalid_argument
const l = new java.util.ArrayList(); l.addAll(new Proxy([], { get: (t, k) => k === 'length' ? 4294967295 : k === Symbol.iterator ? function* () { for (;;) yield 1 } : 1 }))
