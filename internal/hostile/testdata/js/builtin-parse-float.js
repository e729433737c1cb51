// Number of ten million digits.
// outcome: limit or timeout or script_error
// first: dies or late
for (;;) Number('0.' + '1'.repeat(5e6) + 'e5')
