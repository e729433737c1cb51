// A long typed array that is moved within itself.
// outcome: ok or limit or timeout or script_error or invalid_argument
const t = new Uint8Array(5e7); for (;;) t.copyWithin(1, 0)
