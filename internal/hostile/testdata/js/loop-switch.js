// A loop around a switch.
// outcome: timeout
for (;;) switch (1) { case 0: break; default: continue }
