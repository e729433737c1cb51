// Array.from of something without end.
// outcome: timeout
Array.from({ [Symbol.iterator]: () => ({ next() { for (;;); } }) })
