// sort with a comparator that is never satisfied.
// outcome: timeout
// first: dies or late
const a = new Array(1e5).fill(0)
a.sort(() => Math.random() - 0.5); for (;;) a.sort(() => 1)
