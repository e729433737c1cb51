// Addresses of a megabyte.
// outcome: ok or timeout or invalid_argument or limit
// first: dies or late
for (const x of ['<', '"', '(', ',', '@', '=?x?q?', '\\', ';', ':']) try { emailService.parseAddressHeader(x.repeat(1e6)) } catch (e) { if (e instanceof ReferenceError) throw e }
