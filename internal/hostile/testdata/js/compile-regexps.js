// Hundreds of patterns, each of which becomes thousands of instructions.
// outcome: script_error
new Function('/(?:a{0,30}b){1,30}/;'.repeat(300))
