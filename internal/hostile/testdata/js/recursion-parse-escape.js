// The same, with JSON spelt with an escape.
// outcome: timeout
J\u0053ON.parse('['.repeat(3e7))
