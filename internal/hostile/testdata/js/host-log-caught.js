// Log lines without end, and every error is caught.
// outcome: timeout
for (;;) try { engine.log('x') } catch (e) {}
