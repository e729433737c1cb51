// Blocks with captured variables, nested ten thousand levels.
// outcome: script_error or ok or timeout
// first: dies
new Function('{let a=1;(()=>a);'.repeat(9000) + '}'.repeat(9000))
