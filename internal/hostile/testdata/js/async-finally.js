// finally that never returns.
// outcome: timeout
Promise.resolve().finally(() => { for (;;); })
