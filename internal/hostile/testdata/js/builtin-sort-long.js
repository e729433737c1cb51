// sort of ten million numbers.
// outcome: limit or timeout or script_error
// first: dies or late
const a = []; for (let i = 0; i < 1e7; i++) a.push(i * 7919 % 1e7)
a.sort()
