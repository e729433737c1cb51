// split with a limit below what it finds.
// outcome: timeout
// first: dies or late
const s = 'x,'.repeat(5e6); for (;;) s.split(',', 1)
