// exec with a pattern that matches nothing and never moves on.
// outcome: timeout
const r = /(?:)/g; while (r.exec('abc')) r.lastIndex = 0
