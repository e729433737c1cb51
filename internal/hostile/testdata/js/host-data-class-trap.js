// An array whose Symbol.iterator and length are other than its elements.
// outcome: ok
class L extends Array { get [Symbol.toStringTag]() { for (;;); } *[Symbol.iterator]() { for (;;) yield 1 } } engine.setDataByVarName('x', new L(1, 2, 3))
