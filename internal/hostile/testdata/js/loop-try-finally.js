// finally that continues the loop whenever it is left.
// outcome: timeout
for (;;) { try { break } finally { continue } }
