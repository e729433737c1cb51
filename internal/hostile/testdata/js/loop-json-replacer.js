// A replacer that never returns.
// outcome: timeout
JSON.stringify([1], () => { for (;;); })
