// indexOf of a text that nearly occurs everywhere.
// outcome: timeout or ok
// first: dies or late
'a'.repeat(1e7).indexOf('a'.repeat(5e6) + 'b')
