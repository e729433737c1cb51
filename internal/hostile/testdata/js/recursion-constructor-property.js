// The constructor of a function, with deep code.
// outcome: script_error
(() => {}).constructor('['.repeat(3e6))
