// An iterator that never ends.
// outcome: timeout
for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }) {}
