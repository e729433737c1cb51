// A loop that continues an outer one.
// outcome: timeout
outer: for (;;) { for (;;) continue outer }
