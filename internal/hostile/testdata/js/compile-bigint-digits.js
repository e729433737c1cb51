// A number of a million digits.
// outcome: ok or timeout
// first: late
eval('1' + '0'.repeat(1e6) + 'n')
