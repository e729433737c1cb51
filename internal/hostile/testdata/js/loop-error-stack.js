// Reading the stack of errors, again and again.
// outcome: timeout
for (;;) new Error('x').stack
