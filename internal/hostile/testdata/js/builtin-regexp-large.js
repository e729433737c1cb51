// A pattern of many repetitions.
// outcome: timeout
// first: dies or late
for (;;) new RegExp('(?:[a-z]{0,100}x)'.repeat(1000))
