// A search for the last element of a long typed array, again and again.
// outcome: ok or limit or timeout or script_error or invalid_argument
const t = new Uint8Array(5e7); for (;;) t.lastIndexOf(1)
