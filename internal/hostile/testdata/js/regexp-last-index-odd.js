// lastIndex that converts for ever.
// outcome: timeout
const r = /(?=a)a/g; let n = 0; for (;;) { r.lastIndex = { valueOf() { r.compile && r.compile('b' + n++); return n % 7 } }; r.exec('aaaa') }
