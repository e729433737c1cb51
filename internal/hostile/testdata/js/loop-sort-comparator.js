// A comparator that never returns.
// outcome: timeout
[2, 1].sort(() => { for (;;); })
