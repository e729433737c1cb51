// A reviver that never returns.
// outcome: timeout
JSON.parse('[1]', () => { for (;;); })
