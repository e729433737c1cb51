// Private names that are looked up through nested classes.
// outcome: ok or timeout
const n = 300; Function('class A0 { #x0; m(o) {' + Array.from({ length: n }, (_, i) => `class A${i + 1} { #x${i + 1}; m(o) { ` + Array.from({ length: i + 1 }, (_, k) => `#x${k} in o;`).join('')).join('') + '}}'.repeat(n) + '}} return new A0().m({})')()
