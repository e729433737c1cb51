// A thenable whose then never returns.
// outcome: timeout
Promise.resolve({ then() { for (;;); } })
