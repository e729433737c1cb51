// Exceptions thrown and caught for ever.
// outcome: timeout
for (;;) try { null.x } catch (e) { e.message }
