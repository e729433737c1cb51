// Log lines that exactly fill the limit.
// outcome: timeout
for (let i = 0; i < 1000; i++) engine.log('é'.repeat(500)); for (;;) try { engine.log('') } catch (e) { }
