// An async function that catches the deadline and goes on.
// outcome: timeout
const f = async () => { for (;;) try { await null; for (;;); } catch (e) { } finally { f() } }; f(); f()
