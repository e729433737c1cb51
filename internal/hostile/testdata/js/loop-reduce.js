// A callback of reduce that never returns.
// outcome: timeout
[1, 2].reduce(() => { for (;;); })
