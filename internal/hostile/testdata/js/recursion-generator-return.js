// A generator whose return calls itself.
// outcome: ok or limit or timeout or script_error or invalid_argument
const it = { [Symbol.iterator]() { return this }, next: () => ({ done: false, value: 1 }), return() { for (const x of it) break; return {} } }; for (const x of it) break
