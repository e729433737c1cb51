// Dates parsed from long texts.
// outcome: timeout
// first: dies or late
for (;;) { Date.parse('1'.repeat(1e6)); new Date(' '.repeat(1e6)); Date.parse('2020-01-01T' + '0'.repeat(1e6)) }
