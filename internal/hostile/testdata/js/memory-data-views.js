// Views of a buffer, without end.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const b = new ArrayBuffer(8), all = []; for (;;) all.push(new DataView(b))
