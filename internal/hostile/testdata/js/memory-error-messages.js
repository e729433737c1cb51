// Errors with long messages that are each the cause of the next.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
let e = new Error("x"); for (;;) e = new Error("m".repeat(1e5), { cause: e })
