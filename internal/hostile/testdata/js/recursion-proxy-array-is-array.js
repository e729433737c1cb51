// Array.isArray of a million proxies around each other.
// outcome: ok or limit or timeout or script_error or invalid_argument
let p = []; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {}); Array.isArray(p)
