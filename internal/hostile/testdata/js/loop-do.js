// A do loop without end.
// outcome: timeout
do {} while (1)
