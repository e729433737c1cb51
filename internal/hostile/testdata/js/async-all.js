// Promise.all of an iterator that never ends.
// outcome: limit or timeout or script_error
// first: dies or late
Promise.all({ *[Symbol.iterator]() { for (;;) yield 1 } })
