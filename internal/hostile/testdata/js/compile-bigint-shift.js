// A shift of a constant that never runs.
// outcome: script_error
() => 1n << 9000000000n
