// eval of blocks.
// outcome: script_error
eval('{'.repeat(3e6))
