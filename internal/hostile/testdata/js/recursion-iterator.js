// An iterator that iterates itself.
// outcome: limit or timeout
const o = { [Symbol.iterator]() { for (const x of o); } }
for (const x of o);
