// A loop in eval.
// outcome: timeout
eval('for (;;);')
