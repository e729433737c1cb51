// A promise that is never settled.
// outcome: ok or script_error
await_never(); function await_never() { return (async () => { await new Promise(() => {}) })() }
