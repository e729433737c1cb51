// A power that takes all memory.
// outcome: limit or timeout or script_error or internal
// first: dies
const n = 9000000000n; 7n ** n
