// A finally that loops after the deadline.
// outcome: timeout
const f = () => { try { for (;;); } finally { f() } }; for (;;) try { f() } finally { for (;;) try { for (;;); } finally { continue } }
