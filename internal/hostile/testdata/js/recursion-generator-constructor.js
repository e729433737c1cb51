// The constructor of a generator, with deep code.
// outcome: script_error
(function* () {}).constructor('['.repeat(3e6))
