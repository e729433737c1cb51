// A list that adds itself to itself.
// outcome: limit or timeout or script_error
// first: dies or late
const l = new java.util.ArrayList(); l.add(1); for (;;) l.addAll(l)
