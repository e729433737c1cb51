// Promise.all of ever more promises.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
const all = []; function f() { all.push(Promise.resolve(new Array(1e4).fill(0))); return Promise.all(all).then(f) } f()
