// A power of constants that never runs.
// outcome: script_error
if (false) 7n ** 9000000000n
