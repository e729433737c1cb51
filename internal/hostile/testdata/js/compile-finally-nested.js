// Five hundred finally in each other, with jumps.
// outcome: timeout or limit
const n = 12; Function('for (let i = 0; ; i++) {' + 'try { if (i % 2) continue;'.repeat(n) + '} finally { i++ }'.repeat(n) + '}')()
