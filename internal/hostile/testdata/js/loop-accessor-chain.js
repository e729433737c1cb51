// Accessors that call each other in turn, not nested.
// outcome: timeout
const o = { n: 0, get a() { return this.n++ } }
while (o.a >= 0);
