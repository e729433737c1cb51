// A proxy whose traps catch the deadline.
// outcome: timeout
const p = new Proxy({}, { get() { for (;;) try { for (;;); } catch (e) { p.x } } }); p.x
