// A power of constants in Function.
// outcome: script_error
new Function('if (false) 7n ** 9000000000n')
