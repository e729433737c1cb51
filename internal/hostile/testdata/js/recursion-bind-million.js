// A function bound many million times.
// outcome: timeout
// first: dies or late
let f = () => 1; for (;;) { for (let i = 0; i < 2e6; i++) f = f.bind(null); f() }
