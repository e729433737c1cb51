// toFixed and toString in all radixes.
// outcome: timeout
// first: dies or late
for (let i = 2; ; i = i === 36 ? 2 : i + 1) { (1e20 / 3).toFixed(100); (5e-324).toString(i); (1.7e308).toString(i) }
