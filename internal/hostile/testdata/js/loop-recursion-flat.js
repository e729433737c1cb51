// Calls through apply and bind, not nested.
// outcome: timeout
const f = function () {}.bind(null); for (;;) f.apply(null, [1, 2, 3])
