// A loop in indirect eval, again and again.
// outcome: timeout
for (;;) (0, eval)('1 + 1')
