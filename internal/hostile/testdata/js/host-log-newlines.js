// Log lines of nothing but line ends, NEL and separators.
// outcome: ok
for (let i = 0; i < 900; i++) engine.log('\u2028\u0085\r\n\u001b[8m'.repeat(100))
