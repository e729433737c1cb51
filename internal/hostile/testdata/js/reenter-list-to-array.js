// A list whose element changes the list in equals.
// outcome: timeout
const l = new java.util.ArrayList(); for (let i = 0; i < 1e4; i++) l.add({ equals() { l.clear(); for (let k = 0; k < 1e4; k++) l.add(this); return false } }); for (;;) l.contains({ equals() { l.add(1); return false } })
