// A tower of powers.
// outcome: script_error
if (false) 9n ** 9n ** 9n ** 9n
