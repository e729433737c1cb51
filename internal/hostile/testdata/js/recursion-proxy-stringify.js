// JSON of a hundred thousand proxies around each other.
// outcome: ok or limit or timeout or script_error or invalid_argument
let p = [1]; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); JSON.stringify(p)
