// A promise that is resolved with itself.
// outcome: script_error
let r; const p = new Promise(x => { r = x }); r(p)
p.then(x => x)
