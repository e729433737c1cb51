// A comparator that makes the array grow.
// outcome: limit or timeout or script_error
// first: dies or late
const a = [3, 2, 1]; for (;;) a.sort((x, y) => { if (a.length < 1e6) a.push(1); return x - y })
