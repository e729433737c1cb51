// Closures, each of which holds the one before.
// outcome: limit or timeout or script_error
// first: dies or late
let f = () => 0; for (;;) { const g = f; f = () => g }
