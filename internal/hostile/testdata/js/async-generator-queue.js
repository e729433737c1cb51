// Generators that are kept in the middle of a loop, a million.
// outcome: timeout or limit
const all = []; function* g(x) { for (const y of x) yield [y, ...x] } for (let i = 0; ; i++) { const n = g(Array(100).fill(i)); n.next(); all.push(n) }
