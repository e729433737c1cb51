// A power that is just small enough.
// outcome: timeout or script_error
// first: dies or late
let n = 3n; for (;;) n ** 3000000n
