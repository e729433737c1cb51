// Signatures with a key that is none.
// outcome: timeout or invalid_argument
// first: dies or late
for (;;) try { rsa.readKeyFromPkcs8('-----BEGIN PRIVATE KEY-----\n' + 'A'.repeat(1e5) + '\n-----END PRIVATE KEY-----') } catch (e) { if (e instanceof ReferenceError) throw e }
