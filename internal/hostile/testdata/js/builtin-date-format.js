// Dates formatted for ever.
// outcome: timeout or script_error
// first: dies or late
const d = new Date(); for (;;) { d.toISOString(); d.toString(); d.toLocaleString() }
