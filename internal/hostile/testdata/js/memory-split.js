// split of a long text, kept.
// outcome: limit or timeout or script_error
// first: dies
const s = 'x'.repeat(5e6), all = []; for (;;) all.push(s.split(''))
