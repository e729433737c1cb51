// Log lines of objects whose text grows.
// outcome: ok or limit or timeout or script_error or invalid_argument
let n = 1; const o = { toString() { n *= 2; return "x".repeat(n) } }; for (;;) engine.log(o)
