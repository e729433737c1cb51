// Prototypes that are changed in a loop of calls.
// outcome: timeout
const p = Array.from({ length: 1000 }, (_, i) => ({ m() { return i } })); const o = Object.create(p[0]); for (let i = 0; ; i++) { Object.setPrototypeOf(o, p[i % 1000]); if (o.m() !== i % 1000) throw new Error('m') }
