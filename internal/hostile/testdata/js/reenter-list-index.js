// An index whose valueOf empties the list.
// outcome: timeout
const l = new java.util.ArrayList([1, 2, 3]); for (;;) try { l.clear(); l.addAll([1, 2, 3]); l.set({ valueOf() { l.clear(); return 2 } }, 1) } catch (e) { if (e instanceof ReferenceError) throw e }
