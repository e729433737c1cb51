// An object with ever more symbols.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const o = {}; for (;;) o[Symbol("x")] = 1
