// equals of an object that contains itself.
// outcome: ok or script_error
const a = []; a[0] = a; const b = []; b[0] = b
Object.getPrototypeOf(new java.util.ArrayList()).equals.call(a, b)
