// Flags whose getter changes the pattern.
// outcome: script_error
const r = /a/g; Object.defineProperty(r, 'flags', { get() { return 'gy'[Math.floor(Math.random() * 2)] + 'u' } }); for (;;) [...'aaa'.matchAll(r)], 'aaa'.split(r), 'aaa'.replace(r, 'b')
