// Logging what contains itself and is deep.
// outcome: ok or timeout
let a = []; a[0] = a; for (let i = 0; i < 1e6; i++) a = [a]
console.log(a)
