// JSON of nested arrays with an indent of ten.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: late
let v = []; for (let i = 0; i < 900; i++) v = [v, v.length]; for (;;) JSON.stringify(Array(1e5).fill(v), null, 10)
