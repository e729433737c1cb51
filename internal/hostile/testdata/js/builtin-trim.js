// trim of a text of spaces.
// outcome: timeout
// first: dies or late
const s = ' '.repeat(1e7) + 'x' + ' '.repeat(1e7); for (;;) s.trim()
