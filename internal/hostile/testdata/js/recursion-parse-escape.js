// The same, with JSON spelt with an escape.
// outcome: timeout
// first: dies or late
J\u0053ON.parse('['.repeat(3e7))
