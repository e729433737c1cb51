// A long typed array that is turned round.
// outcome: ok or limit or timeout or script_error or invalid_argument
const t = new Float64Array(6e6); for (;;) t.reverse()
