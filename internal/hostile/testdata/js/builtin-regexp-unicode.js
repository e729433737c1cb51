// A pattern of many classes without regard to case.
// outcome: timeout or script_error
// first: dies
for (;;) new RegExp('[\\u0100-\\uffff]'.repeat(1e4), 'iu')
