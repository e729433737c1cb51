// Thousands of returns in thousands of finally.
// outcome: script_error
new Function('try{'.repeat(3000) + 'return;'.repeat(3000) + '}finally{}'.repeat(3000))
