// A date that is parsed from ten megabytes.
// outcome: invalid_argument or script_error or timeout
// first: dies or late
const f = new java.text.SimpleDateFormat('yyyy-MM-dd'); for (;;) try { f.parse('1'.repeat(1e7)) } catch (e) {}
