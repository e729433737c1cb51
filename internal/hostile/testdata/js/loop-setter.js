// A setter that never returns.
// outcome: timeout
({ set x(v) { for (;;); } }).x = 1
