// A proxy with two million keys.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
Object.keys(new Proxy({}, { ownKeys: () => Array.from({ length: 2e6 }, (_, i) => "k" + i), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }))
