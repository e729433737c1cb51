// Slices of a buffer that are all kept.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const b = new ArrayBuffer(1 << 20), all = []; for (;;) all.push(b.slice(0))
