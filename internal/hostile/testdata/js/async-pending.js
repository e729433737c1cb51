// A promise that never settles.
// outcome: script_error
await0()
async function await0() { await new Promise(() => {}) }
