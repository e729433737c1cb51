// A sticky pattern that backtracks from every place.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: late
const r = /(x+x+)+y/y, s = "x".repeat(40); for (let i = 0; ; i++) { r.lastIndex = i % 10; r.test(s) }
