// A million log lines.
// outcome: limit or timeout
for (let i = 0; i < 1e6; i++) engine.log('x')
