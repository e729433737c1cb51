// The return of an iterator never returns.
// outcome: timeout
for (const x of { [Symbol.iterator]: () => ({ next: () => ({}), return() { for (;;); } }) }) break
