// Dates at the ends of time.
// outcome: ok
for (const t of [8.64e15, -8.64e15, 8.64e15 + 1, NaN, Infinity]) { const d = new Date(t); String(d); d.setMonth(1e9); d.setFullYear(-1e9); d.getTimezoneOffset(); String(d) }
