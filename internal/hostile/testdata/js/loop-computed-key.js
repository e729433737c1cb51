// A computed key that never ends.
// outcome: timeout
({ [(() => { for (;;); })()]: 1 })
