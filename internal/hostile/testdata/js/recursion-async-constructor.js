// The constructor of an async function, with deep code.
// outcome: script_error or timeout
(async () => {}).constructor('['.repeat(3e6))
