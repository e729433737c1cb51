// A default that never ends.
// outcome: timeout
((a = (() => { for (;;); })()) => a)()
