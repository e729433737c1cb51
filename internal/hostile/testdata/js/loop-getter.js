// A getter that never returns.
// outcome: timeout
({ get x() { for (;;); } }).x
