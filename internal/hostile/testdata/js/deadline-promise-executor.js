// Executors of promises that catch the deadline.
// outcome: timeout
const f = () => new Promise(() => { try { for (;;); } catch (e) { f() } finally { f() } }).catch(f).finally(f); f()
