// valueOf that never returns.
// outcome: timeout
1 + { valueOf() { for (;;); } }
