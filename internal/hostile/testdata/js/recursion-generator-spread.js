// A generator that spreads itself.
// outcome: ok or limit or timeout or script_error or invalid_argument
function* g() { yield* [...g()] } [...g()]
