// The same with split.
// outcome: timeout or ok
// first: dies or late
'a'.repeat(1e6).split(/a+(?=b)/)
