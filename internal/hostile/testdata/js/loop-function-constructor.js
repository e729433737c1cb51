// A loop made at run time.
// outcome: timeout
new Function('for (;;);')()
