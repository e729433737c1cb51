// Spreading an iterator that never ends, with nothing to keep.
// outcome: timeout
for (;;) { Math.max(...new Array(1000).keys()) }
