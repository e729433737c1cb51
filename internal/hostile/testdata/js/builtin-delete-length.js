// An array of a million elements whose length is set to nothing.
// outcome: timeout
// first: dies
const a = new Array(3e6).fill(1); for (;;) { a.length = 0; a.length = 3e6 }
