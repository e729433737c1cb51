// Log lines that would change a terminal.
// outcome: ok or limit
console.log('\u001b]0;x\u0007\u001b[2J\u0000\u009b'); engine.log('\r\n'.repeat(1e5))
