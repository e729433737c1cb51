// await in a loop without end.
// outcome: timeout
// first: dies or late
(async () => { for (;;) await 1 })()
