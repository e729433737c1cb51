// A loop without end.
// outcome: timeout
while (true) {}
