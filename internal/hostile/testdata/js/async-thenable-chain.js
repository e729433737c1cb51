// Thenables that resolve to others, for ever.
// outcome: timeout
// first: dies or late
const t = () => ({ then(r) { r(t()) } })
Promise.resolve(t())
