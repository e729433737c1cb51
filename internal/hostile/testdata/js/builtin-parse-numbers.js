// JSON of many numbers.
// outcome: limit or timeout or script_error
// first: dies
const s = '[' + '1.5e300,'.repeat(2e6) + '1]'; for (;;) JSON.parse(s)
