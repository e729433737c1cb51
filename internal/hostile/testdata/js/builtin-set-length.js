// The length of an array set again and again.
// outcome: timeout
const a = []; for (;;) { a.length = 4294967295; a.length = 0 }
