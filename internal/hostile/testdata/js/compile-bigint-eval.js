// A power of constants in eval.
// outcome: script_error
eval('if (false) 7n ** 9000000000n')
