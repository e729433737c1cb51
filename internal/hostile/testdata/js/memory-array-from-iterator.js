// Array.from of an iterator that never ends.
// outcome: limit or timeout or script_error
// first: dies or late
Array.from({ *[Symbol.iterator]() { for (;;) yield 1 } })
