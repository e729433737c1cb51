// A thenable that resolves with itself, in turn.
// outcome: ok or limit or timeout or script_error or invalid_argument
const t = { then(r) { r({ then: t.then }) } }; Promise.resolve(t)
