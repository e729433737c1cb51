// Symbols that are registered for ever.
// outcome: limit or timeout or script_error
// first: dies or late
for (let i = 0; ; i++) Symbol.for('k' + i)
