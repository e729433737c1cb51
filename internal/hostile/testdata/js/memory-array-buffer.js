// Buffers without end, all kept and touched.
// outcome: limit or timeout or script_error
// first: dies or late
const all = []; for (;;) { const b = new ArrayBuffer(1e7); new Uint8Array(b).fill(1); all.push(b) }
