// An array that grows while it is read, by undefined values.
// outcome: timeout or ok
const a = [1]; for (const x of a) { a.push(x); if (a.length > 1e4) a.splice(0) || a.push(1, 1) }
