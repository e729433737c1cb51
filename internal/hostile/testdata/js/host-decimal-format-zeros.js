// A decimal format with a million zeros, for ever.
// outcome: invalid_argument or limit or script_error or timeout
// first: dies or late
const f = new java.text.DecimalFormat('0.' + '0'.repeat(1e5)); for (;;) f.format(1 / 3)
