// An array of large BigInts.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const all = []; let one = 1n; for (let i = 0n; ; i++) all.push((one << 1000000n) + i)
