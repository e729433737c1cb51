// at and slice of a long text of other letters.
// outcome: limit or timeout or script_error
// first: dies or late
const s = 'é𝄞'.repeat(1e6); for (let i = 0; ; i++) { s.codePointAt(i % 1e6); s.slice(i % 1e6) }
