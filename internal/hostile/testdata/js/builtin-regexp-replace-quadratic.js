// The same with replace.
// outcome: timeout or ok
// first: dies or late
'a'.repeat(1e6).replace(/a+(?=b)/g, '')
