// repeat of a number whose product overflows.
// outcome: limit or timeout or script_error or internal
// first: dies
'xxxxxxxx'.repeat(2 ** 61)
