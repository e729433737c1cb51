// repeat of infinity.
// outcome: script_error
'x'.repeat(Infinity)
