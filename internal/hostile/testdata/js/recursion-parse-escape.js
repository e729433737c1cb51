// The same, with JSON spelt with an escape.
// outcome: timeout or script_error
// first: dies or late
J\u0053ON.parse('['.repeat(3e7))
