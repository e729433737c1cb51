// Catching everything, the interruption too.
// outcome: timeout
for (;;) { try { for (;;); } catch (e) {} }
