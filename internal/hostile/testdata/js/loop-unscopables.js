// Symbol.unscopables in with.
// outcome: timeout
with ({ get [Symbol.unscopables]() { for (;;); }, x: 1 }) { x }
