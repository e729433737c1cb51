// repeat of a number whose product overflows.
// outcome: limit or timeout or script_error
// first: dies
'xxxxxxxx'.repeat(2 ** 61)
