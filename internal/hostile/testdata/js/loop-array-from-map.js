// A callback of Array.from that never returns.
// outcome: timeout
Array.from([1], () => { for (;;); })
