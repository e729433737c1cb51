// set of a typed array from itself with overlaps.
// outcome: timeout
const b = new ArrayBuffer(1 << 20); const x = new Uint8Array(b), y = new Uint16Array(b, 2, 1000), z = new Float64Array(b, 8, 100); for (;;) { x.set(y, 1); y.set(x.subarray(0, 900), 3); z.set(y.subarray(0, 99)); x.set(z, 7) }
