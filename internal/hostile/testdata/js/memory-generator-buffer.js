// A generator that keeps all it has yielded.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
function* g() { const all = []; for (;;) { all.push(new Array(1000).fill(0)); yield all } } for (const x of g());
