// The same with letters beyond Latin.
// outcome: timeout or ok
// first: dies or late
'é'.repeat(1e6).indexOf('é'.repeat(5e5) + 'a')
