// A loop without a body or an end.
// outcome: timeout
for (;;);
