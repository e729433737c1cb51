// replace with a function for each of many letters.
// outcome: limit or timeout or script_error
// first: dies
'x'.repeat(1e7).replace(/x/g, () => 'y')
