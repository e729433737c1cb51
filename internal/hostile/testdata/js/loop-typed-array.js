// Typed arrays, one after the other.
// outcome: timeout
for (;;) new Uint8Array(1000).fill(1)
