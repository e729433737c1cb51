// A comparator that catches the deadline.
// outcome: timeout
const x = Array.from({ length: 1e5 }, (_, i) => i); for (;;) try { x.sort(() => { try { for (;;); } catch (e) { return Math.random() - .5 } finally { return 1 } }) } catch (e) { }
