// Patterns in the middle of which the deadline comes.
// outcome: timeout
const r = /^(?:(?:a|a)*)*(?<!b)c$/; for (;;) r.test('a'.repeat(28))
