// A thenable whose then is a getter that awaits.
// outcome: timeout or limit
const t = { get then() { return (async () => await t) } }; (async () => { for (;;) await t })()
