// localeCompare of long texts.
// outcome: limit or timeout or script_error
// first: dies
const s = 'é'.repeat(5e6); for (;;) (s + 'a').localeCompare(s + 'b')
