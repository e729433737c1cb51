// A regular expression with ten thousand named groups, matched again and again.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: late
const r = new RegExp(Array.from({ length: 1e4 }, (_, i) => "(?<n" + i + ">a?)").join("")); for (;;) r.exec("a".repeat(1e4))
