// split of a text into letters, again and again.
// outcome: limit or timeout or script_error
// first: dies
const s = 'x'.repeat(1e7); for (;;) s.split('')
