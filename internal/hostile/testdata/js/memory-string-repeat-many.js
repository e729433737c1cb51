// repeat, again and again, all kept.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (let i = 0; ; i++) all.push('xy'.repeat(1e7 + i))
