// Tokens with a payload of ten megabytes.
// outcome: timeout or invalid_argument
// first: dies or late
for (;;) try { jwt.build({ alg: 'HS256' }, { x: 'y'.repeat(1e6) }, 'k'.repeat(64)) } catch (e) { if (e instanceof ReferenceError) throw e }
