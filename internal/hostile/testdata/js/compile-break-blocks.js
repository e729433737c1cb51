// Thousands of breaks out of thousands of blocks.
// outcome: script_error
new Function('a:{' + '{let x=1;(()=>x);'.repeat(3000) + 'break a;'.repeat(3000) + '}'.repeat(3001))
