// join of an array that contains itself.
// outcome: ok
const a = []; a[0] = a
a.join()
