// toJSON that returns a deeper object each time.
// outcome: ok or limit or timeout or script_error or invalid_argument
const f = d => ({ toJSON: () => ({ x: f(d + 1) }) }); JSON.stringify(f(0))
