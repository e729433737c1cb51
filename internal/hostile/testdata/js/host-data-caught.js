// Data without end, and every error is caught.
// outcome: timeout
for (;;) try { engine.setDataByVarName('x', 'y'.repeat(1e6)) } catch (e) {}
