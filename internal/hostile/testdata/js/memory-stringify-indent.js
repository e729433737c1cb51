// JSON with an indent that repeats.
// outcome: limit or timeout or script_error
// first: dies
let o = 1; for (let i = 0; i < 5000; i++) o = [o]
for (const all = [];;) all.push(JSON.stringify(o, null, 10))
