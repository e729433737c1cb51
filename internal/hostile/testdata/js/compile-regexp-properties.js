// A pattern of many properties of letters.
// outcome: ok or timeout or script_error
// first: late
eval('/' + '\\p{L}'.repeat(5000) + '/u')
