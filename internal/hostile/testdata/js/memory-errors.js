// Errors with their stacks, all kept.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) all.push(new Error('x'.repeat(1000)))
