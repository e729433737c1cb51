// eval of three million brackets.
// outcome: script_error
eval('['.repeat(3e6))
