// A length that is frozen while it is pushed.
// outcome: timeout
for (;;) { const x = [1]; try { x.push({ valueOf: 1 }, Object.freeze(x)) } catch (e) { if (!(e instanceof TypeError)) throw e } }
