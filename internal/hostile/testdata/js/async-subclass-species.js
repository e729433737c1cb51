// A subclass whose constructor makes two more.
// outcome: timeout or limit
class P extends Promise { constructor(f) { super(f); if (f) Promise.resolve().then(() => { new P(f); new P(f) }) } } new P(r => r()).then(() => {})
