// exec from the end of a text of other letters, again and again.
// outcome: timeout
// first: dies or late
const s = 'é'.repeat(1e6), r = /x/g; for (;;) { r.lastIndex = 5e5; r.test(s) }
