// A species that makes arrays in its constructor.
// outcome: limit or timeout
class A extends Array { constructor(...x) { super(...x); if (x.length) this.map(v => v) } }
new A(1, 2)
