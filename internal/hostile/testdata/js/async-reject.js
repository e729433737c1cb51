// Rejections that are not handled, for ever.
// outcome: limit or timeout or script_error
// first: dies or late
for (;;) Promise.reject(new Error('x'))
