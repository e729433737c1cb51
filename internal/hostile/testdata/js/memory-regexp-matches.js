// All matches of a pattern that matches everywhere.
// outcome: limit or timeout or script_error
// first: dies
const s = 'x'.repeat(1e7); const all = []; for (;;) all.push(s.match(/x/g))
