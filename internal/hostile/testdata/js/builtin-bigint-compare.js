// A BigInt that is compared with text of ten million digits.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: late
const s = "1".repeat(1e7); for (;;) 1n < s
