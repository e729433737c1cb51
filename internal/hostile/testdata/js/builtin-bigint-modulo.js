// The remainder of large BigInts.
// outcome: ok or limit or timeout or script_error or invalid_argument
let one = 1n; const a = (one << 4000000n) - one, b = (one << 2000000n) + 7n; for (;;) a % b
