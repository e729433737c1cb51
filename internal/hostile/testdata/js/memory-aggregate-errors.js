// Promise.any of a hundred thousand rejections with long messages.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
Promise.any(Array.from({ length: 1e5 }, () => Promise.reject(new Error("x".repeat(1e4)))))
